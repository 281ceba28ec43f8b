#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/// Why something of a volume is part of no dataset.
enum class problem_kind : std::uint8_t {
  files_beside_directories,  ///< files in a directory that has sub-directories, or at the top
  empty,                     ///< a directory without files
  unreadable,                ///< a directory or file that this user may not read
  escape,                    ///< a link that leads out of its dataset
  directory_link,            ///< a link to a directory; none is followed
  broken_link,
  not_a_file,  ///< a socket, pipe or device
  not_utf8     ///< a name that cannot stand in a manifest; the whole dataset waits until it is another
};

/// Stable word of a kind: the enumerator.
[[nodiscard]] WAYBILL_DECL std::string_view name_of(problem_kind kind) noexcept;

/// What was left out of the datasets of a volume.
struct volume_problem {
  problem_kind kind;
  std::string path;  ///< below the volume, printable; `.` is the volume itself
  std::string detail;
};

/// A directory without sub-directories, and with files: one dataset.
struct leaf_directory {
  std::string path;  ///< below the volume: the dataset's name
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  /// When it was last changed: contents, names or modes of anything in it. Nanoseconds since 1970 UTC.
  std::int64_t changed_ns = 0;
  std::string fingerprint{};  ///< of names and states of its files, 64 hex digits; equal where nothing was changed
};

/// What stands below a volume, datasets in walk order and problems by path.
struct volume_listing {
  std::string root;  ///< real path
  std::vector<leaf_directory> leaves{};
  std::vector<volume_problem> problems{};
};

/** Looks through a volume: each directory without sub-directories is a dataset.

    No file is opened. Directories that belong to version control or to the kit (`.git`, `.waybill`, …) count as absent.
    What cannot be read is a problem, not an error.
    @errors errc::file_not_found for the volume itself, system errors of it; errc::interrupted
    @complexity one `stat` a file, on all workers */
[[nodiscard]] WAYBILL_DECL result<volume_listing> list_volume(std::string const& root, job_control const& control = {});

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/volume.ipp>
#endif
