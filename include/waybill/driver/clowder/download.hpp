#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// What a download did, or with `dry_run` would do. Lists are in walk order.
struct download_report {
  std::vector<std::string> added, replaced;
  std::vector<std::string> unchecked;  ///< of these, the ones whose digest nobody recorded: only their size is checked
  std::uint64_t unchanged = 0;         ///< files that were right already
  std::uint64_t bytes = 0;             ///< that were transferred
};

/** Puts the files of a dataset into a directory, folders as directories.

    All names are checked before the first byte is written. A file gets its name when it is complete and has the
    recorded digest; those that have it already are not transferred. Files that the dataset does not hold stay.
    @errors errc::object_not_found; errc::unsafe_key, protected_name, malformed_key for a name that cannot be placed;
            errc::collision for two files of one path; errc::digest_mismatch, size_mismatch; as api; system errors */
[[nodiscard]] WAYBILL_DECL result<download_report> download_dataset(api const& platform, std::string const& dataset,
                                                                    std::string const& directory, bool dry_run,
                                                                    job_control const& control);

/// Puts the platform's own BagIt archive of a dataset under a path. @return bytes
/// @errors as api; system errors; the path is then as it was
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> download_bag(api const& platform, std::string const& dataset,
                                                              std::string const& directory, std::string const& name,
                                                              job_control const& control);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/download.ipp>
#endif
