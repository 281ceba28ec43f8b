#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/resolve.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI::detail {

/// Where a root keeps files that have no final name yet.
inline constexpr std::string_view staging_directory = ".waybill/tmp";

/// A name nobody else has: sixteen hex digits.
[[nodiscard]] WAYBILL_DECL std::string staged_name();

/** Gives written files their names beneath a root, in one step each: a name is the old file's or the new one's, whole.

    What is replaced must be a regular file. Directories are given as O_PATH descriptors of the key's parent.
    @lifetime refers to the resolver  @threads all members may be called concurrently
*/
class file_namer {
 public:
  explicit file_namer(beneath_resolver const& resolver) noexcept : resolver_{&resolver} {}

  /// The staging directory, made if it is not there. @errors as beneath_resolver::directory
  [[nodiscard]] result<directory_handle> staging() const { return resolver_->directory(staging_directory, true); }
  /** Names an open file, unnamed or not; a file that has the name already is left alone.
      @errors errc::collision when the key is taken and not to be replaced; unsafe_path when anything but a file is
              there; unsupported across file systems; system errors */
  [[nodiscard]] result<void> place_open_file(int fd, int directory, std::string_view key, bool replace);
  /// State of the regular file that has the name; empty when nothing has. @errors errc::unsafe_path, system errors
  [[nodiscard]] result<std::optional<file_state>> state(int directory, std::string_view key) const;
  /// Renames a staged file. On errors it is removed; in either case `staged` is empty afterwards.
  /// @errors as place_open_file
  [[nodiscard]] result<void> place_staged(std::string& staged, int directory, std::string_view key, bool replace) const;

  /// Off where linkat(AT_EMPTY_PATH) is not allowed to us.
  std::atomic<bool> empty_path{true};

 private:
  [[nodiscard]] int name_open_file(int fd, int directory, std::string const& name);
  [[nodiscard]] result<void> replace_with(int fd, int directory, std::string_view key);
  [[nodiscard]] error explain(int errno_value, std::string_view key) const;

  beneath_resolver const* resolver_;
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/file_namer.ipp>
#endif
