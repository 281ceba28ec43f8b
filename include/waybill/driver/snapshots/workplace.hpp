#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/** What a database of snapshots keeps in its directory, below `.waybill/`: the name of its package (`tables.json`), and
    what was written and not committed yet (written_tables.hpp). All of it moves and is copied with the directory.

    The directory is data from strangers: it names a package, and no registry and no path.
    @threads   one thread at a time per object; several objects and processes may use one directory
    @lifetime  what it gives out refers to it
    @format    docs/formats.md#tables */
class workplace {
 public:
  /// @param directory  the database's own; it need not be there yet
  explicit workplace(std::string directory) : directory_{std::move(directory)} {}

  [[nodiscard]] std::string const& directory() const noexcept { return directory_; }

  /// The package's name; empty where nothing was ever written. @errors errc::corrupt_state; system errors
  [[nodiscard]] result<std::optional<package_name>> package();
  /** The package's name, which is given now where there is none: `tables/<name of the directory>-<suffix>`.
      @pre somebody holds the lock  @errors as `package` */
  [[nodiscard]] result<package_name> make_package(std::string_view suffix);
  /// Waits until nobody else changes what is there; the lock ends with the descriptor. The directory is made.
  /// @errors system errors
  [[nodiscard]] result<file_descriptor> lock();
  /// `.waybill/` itself, or null where it is not there. @errors system errors
  [[nodiscard]] result<root_directory const*> root(bool create);

 private:
  std::string directory_;
  std::optional<root_directory> root_{};
};

/// The directory's own name as a part of a package's name: other characters than letters, digits, `_` and `-` become
/// `-`, at most 40; `db` where nothing is left.
[[nodiscard]] WAYBILL_DECL std::string package_part(std::string_view directory);

/// Writes a small file that is there as a whole or not at all, and is on disk for good. @errors system errors
[[nodiscard]] WAYBILL_DECL result<void> write_whole(root_directory const& in, std::string_view key,
                                                    std::string_view text);
/// A small file; empty where there is none. @errors errc::too_large beyond 8 MiB, unsafe_path, system errors
[[nodiscard]] WAYBILL_DECL result<std::optional<std::string>> read_whole(root_directory const& in,
                                                                         std::string_view key);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/workplace.ipp>
#endif
