#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/dagster/request.hpp>
#include <waybill/driver/dagster/volume.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/tree.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

/// How datasets are scanned and pushed: the same files count for both.
inline constexpr symlink_policy dataset_links = symlink_policy::inside_or_skip;

/// The version of what a dataset's directory holds, as a scan tells it. @errors as top_hash_of
[[nodiscard]] WAYBILL_DECL result<digest> version_of(scanned_tree const& tree, job_control const& control);

struct volume_scan_options {
  std::string cursor{};               ///< of the scan before; empty for none
  std::chrono::nanoseconds settle{};  ///< a dataset that was changed so recently is still being written
  timestamp now{};
  std::size_t limit = 0;    ///< requests at most; 0: any number
  std::string memo_file{};  ///< see volume_memo; empty: none
  bool save_memo = true;
  /// Hashes a dataset's directory with `dataset_links`, preferably with a stat cache.
  std::function<result<scanned_tree>(std::string const& directory)> hash;
  /// Asked before a dataset is hashed, but not before the first: true ends the scan there. May be empty.
  std::function<bool()> is_late{};
};

/// A dataset that is not asked for yet, and why.
struct waiting_dataset {
  std::string dataset, reason;
};

struct volume_scan {
  std::vector<load_request> requests{};
  std::string cursor{};  ///< for the next scan
  std::vector<waiting_dataset> waiting{};
  std::vector<volume_problem> problems{};
  std::size_t datasets = 0;  ///< of the volume
  bool complete = true;      ///< false: limit or time ended it, the next scan goes on there
  bool memo_saved = true;
};

/** Which datasets of a volume are new or changed since the scan before: each is asked for once in each of its versions.

    A dataset is known by what its files hold: one that is touched or copied stays itself. Only what may have changed is
    read. A scan that was ended by its limit or time goes on behind its last dataset, so that none waits for ever.
    @errors errc::corrupt_state for a cursor that no scan wrote; as list_volume */
[[nodiscard]] WAYBILL_DECL result<volume_scan> scan_volume(std::string const& root, volume_scan_options const& options,
                                                           job_control const& control = {});

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dagster/volume_scan.ipp>
#endif
