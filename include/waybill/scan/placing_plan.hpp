#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/transfer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail {

enum class placing_step : std::uint8_t { keep, add, replace };

/// What one call of `materialise` found out before it writes.
struct placing_plan {
  std::vector<placing_step> steps;       ///< one per entry
  std::vector<std::string> extra;        ///< files the entries do not name, in walk order; for delete_extra only
  std::vector<bool> in_the_way;          ///< of `extra`: goes before anything is placed
  std::vector<std::string> directories;  ///< directories with nothing but `in_the_way` in them, where files are to be
};

/** Compares what is there with the entries, and refuses what stands in the way; nothing is written.

    Files that are right already are counted as done in the job's progress.
    @pre    entries are sorted, each with its size and a digest that can be computed; the job's target is open
    @errors errc::unsafe_path for what stands in the way, unless `delete_extra` lets it go; interrupted; as scan_tree;
            system errors
    @complexity one look-up an entry; reads files of the right size that the cache does not know */
[[nodiscard]] WAYBILL_DECL result<placing_plan> plan_placing(std::span<entry const> entries, transfer_job& job,
                                                             bool delete_extra, job_control const& control);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/placing_plan.ipp>
#endif
