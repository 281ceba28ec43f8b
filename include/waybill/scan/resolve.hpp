#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <atomic>
#include <string>
#include <string_view>

struct stat;

namespace waybill::inline WAYBILL_ABI::detail {

/// A descriptor that is owned, or lent by somebody who lives longer.
class directory_handle {
 public:
  explicit directory_handle(file_descriptor owned) noexcept : owned_{std::move(owned)}, fd_{owned_.get()} {}
  [[nodiscard]] static directory_handle lent(int fd) noexcept { return directory_handle{fd}; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  explicit directory_handle(int fd) noexcept : fd_{fd} {}
  file_descriptor owned_;
  int fd_;
};

/// A key's parent (`""` for the root) and its last segment. @lifetime refers to `key`
struct split_key {
  std::string_view parent;
  std::string_view name;
};
[[nodiscard]] WAYBILL_DECL split_key split(std::string_view key) noexcept;

/// Is this a name beneath a directory? A second line of defence behind `check_placeable`, before system calls.
/// @errors errc::unsafe_key for an empty, `.` or `..` segment, and for a NUL
[[nodiscard]] WAYBILL_DECL result<void> check_plain_key(std::string_view key);

/** Finds things beneath a directory without following any symbolic link.

    One `openat2` a call: at about half a microsecond that is cheaper than any cache of descriptors would be worth,
    which would go on writing into directories that were moved away meanwhile.
    @threads all members may be called concurrently
*/
class beneath_resolver {
 public:
  /// @param root open for reading
  beneath_resolver(file_descriptor root, std::string path) : root_{std::move(root)}, path_{std::move(path)} {}

  [[nodiscard]] int root() const noexcept { return root_.get(); }
  /// Path of a key for messages.
  [[nodiscard]] std::string path_of(std::string_view key) const;
  /** Opens what stands at `key`. With O_PATH a link is opened itself, else refused.
      @errors errc::unsafe_key for what is no logical key; file_not_found; unsafe_path; system errors */
  [[nodiscard]] result<file_descriptor> open(std::string_view key, int flags) const;
  /** A directory to work in (O_PATH); `""` is the root.
      @param create  makes what is missing  @param sync  and flushes each directory that got a new name
      @errors as `open` */
  [[nodiscard]] result<directory_handle> directory(std::string_view key, bool create, bool sync = false) const;
  /// The directory that holds a key's last segment, which is checked as well. @errors as `directory`
  [[nodiscard]] result<directory_handle> parent(std::string_view key, bool create, bool sync = false) const;
  /// What a failed call on `key` means. @param what the sentence's start: `cannot open`
  [[nodiscard]] error explain(int errno_value, std::string_view key, std::string what) const;

  /// State of what must be a regular file. @errors errc::unsafe_path, saying what stands there instead
  [[nodiscard]] result<file_state> require_file(struct stat const& s, std::string_view key) const;

  /// Off where the kernel, or a sandbox, does not offer openat2; then every component is opened on its own.
  mutable std::atomic<bool> has_openat2{true};

 private:
  [[nodiscard]] int open_once(std::string const& key, int flags) const noexcept;
  [[nodiscard]] int walk(std::string_view key, bool create, bool sync) const;
  file_descriptor root_;
  std::string path_;
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/resolve.ipp>
#endif
