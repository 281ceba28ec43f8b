#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/directory_cursor.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/file_namer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {
struct root_access;
}

/// When a written file is on disk for good.
enum class durability : std::uint8_t {
  none,   ///< when the system finds time; for caches
  batch,  ///< after `root_directory::sync`, one call for many files
  each    ///< before it gets its name
};

/** A directory that nothing done through it can leave.

    Every path is resolved beneath it without following any symbolic link, by `openat2(RESOLVE_BENEATH |
    RESOLVE_NO_SYMLINKS)` or, where the kernel lacks that, component by component with `O_NOFOLLOW`. Keys are relative,
    joined by `/`; those with an empty, `.` or `..` segment or a NUL are refused with errc::unsafe_key everywhere.
    Links to directories above the root itself are followed, once, when it is opened.
    @threads all members may be called concurrently
*/
class root_directory {
 public:
  /// Opens a directory, made with its parents if `create`. @errors errc::file_not_found, system errors
  [[nodiscard]] static result<root_directory> open(std::string const& path, bool create);

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  /// For keys of one directory that follow each other: one look-up a directory instead of one a key.
  using cursor = detail::directory_cursor;
  /// @lifetime the root must outlive it
  [[nodiscard]] cursor start() const;

  /// Opens a regular file for reading. @errors errc::file_not_found; unsafe_path for a link or a non-file in the way
  [[nodiscard]] result<opened_file> open_file(std::string_view key) const;
  /// State of a regular file; empty when nothing is there. @errors errc::unsafe_path when something else is
  [[nodiscard]] result<std::optional<file_state>> state(std::string_view key) const;
  [[nodiscard]] result<std::optional<file_state>> state(std::string_view key, cursor& at) const;
  /// Makes a directory and its parents. @errors errc::unsafe_path when a file or link stands in the way
  [[nodiscard]] result<void> make_directories(std::string_view key) const;
  /// Removes a file (or link itself), and directories above it that became empty, never the root. Nothing there: done.
  /// @errors errc::unsafe_path for a directory; system errors
  [[nodiscard]] result<void> remove_file(std::string_view key) const;
  /// Keys of everything below a directory that is no directory itself, links included and not followed; in no order.
  /// @errors errc::file_not_found, unsafe_path, system errors
  [[nodiscard]] result<std::vector<std::string>> files_below(std::string_view key) const;
  /// Removes a directory in which there is nothing but directories. @errors errc::unsafe_path when there is more
  [[nodiscard]] result<void> remove_empty_directories(std::string_view key) const;
  /// Flushes the whole file system once. @errors system errors
  [[nodiscard]] result<void> sync() const;

  /** A file being written: it has no name beneath the root until `commit`, and leaves nothing behind if it never comes.

      Unnamed (`O_TMPFILE`) where the file system can, else a temporary name in the root's own staging directory. */
  class pending_file {
   public:
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /** Gives the file its name, replacing what was there; parent directories are made.
        @errors errc::unsafe_path, system errors; the target is then unchanged */
    [[nodiscard]] result<void> commit(std::string_view key, durability when) &&;
    [[nodiscard]] result<void> commit(std::string_view key, durability when, cursor& at) &&;
    /// The same, but fails with errc::collision when the key is taken.
    [[nodiscard]] result<void> commit_new(std::string_view key, durability when) &&;
    [[nodiscard]] result<void> commit_new(std::string_view key, durability when, cursor& at) &&;
    ~pending_file();
    pending_file(pending_file&&) noexcept;
    pending_file& operator=(pending_file&&) = delete;

   private:
    friend class root_directory;
    pending_file(root_directory const& root, file_descriptor fd, std::string temporary_name)
        : root_{&root}, fd_{std::move(fd)}, temporary_name_{std::move(temporary_name)} {}
    [[nodiscard]] result<void> place(std::string_view key, durability when, bool replace, cursor& at);
    root_directory const* root_;
    file_descriptor fd_;
    std::string temporary_name_;
  };

  /// Starts a file of that mode. @lifetime the root must outlive it
  [[nodiscard]] result<pending_file> create(unsigned mode = 0644) const;
  /// Takes over a file that was written elsewhere: `commit` gives it one more name, here.
  /// @errors (of commit) errc::unsupported across file systems  @lifetime the root must outlive it
  [[nodiscard]] pending_file adopt(file_descriptor fd) const;
  /** Puts a hard link to an existing regular file under `key`, replacing what was there.
      @errors errc::unsupported across file systems, where the file has all the links it can have, and where the system
              forbids links to it: copy then; file_not_found, unsafe_path, system errors */
  [[nodiscard]] result<void> link(std::string const& existing_path, std::string_view key,
                                  durability when = durability::batch) const;
  /// The same for an open file, so that what was read is what is linked, whatever its path names by now.
  [[nodiscard]] result<void> link_open(int fd, std::string_view key, durability when, cursor& at) const;

  /// Name of the directory below the root that holds unfinished files where unnamed ones are not possible.
  static constexpr std::string_view staging_name = detail::staging_directory;
  /// Removes what crashed processes left in the staging directory (files older than an hour).
  /// @param now_ns the present time
  [[nodiscard]] result<void> clear_stale_staging(std::int64_t now_ns) const;

 private:
  friend struct detail::root_access;
  struct shared;
  root_directory(std::shared_ptr<shared> s, std::string path) : shared_{std::move(s)}, path_{std::move(path)} {}

  std::shared_ptr<shared> shared_;
  std::string path_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/beneath.ipp>
#endif
