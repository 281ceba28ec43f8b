#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/record_store.hpp>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// What a run does once, however often it is resumed: a step, at one place of each foreach around it.
using step_place = std::pair<std::string, std::vector<std::uint64_t>>;

/// Called with a run's log and what newer runs did again in its place; an error ends the way back.
using origin_visitor = std::function<result<void>(run_log const&, std::set<step_place> const& done_again)>;

/** A run, then the run that it resumed, and so on to the first one.

    What a resumed run has any record of, it did itself; the rest it took over from its origin.
    @param report  is added to  @errors the store's, the visitor's
    @complexity O(n log n) in records; two logs are held in memory */
[[nodiscard]] WAYBILL_DECL result<void> for_each_origin(record_store const& store, run_log const& log,
                                                        origin_visitor const& visit, scan_report& report);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/origins.ipp>
#endif
