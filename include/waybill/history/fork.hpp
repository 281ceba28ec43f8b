#pragma once

#include <waybill/config.hpp>
#include <waybill/history/dataset.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// The one record of a dataset that begins as another one is now.
/// @param id  unique among all datasets there are
[[nodiscard]] WAYBILL_DECL record fork_record(dataset_end const& upstream, std::string_view id, std::string_view name,
                                              std::string_view description, stamp const& by);

/** A dataset that begins as another one is now and goes its own way; one record, however large the upstream is.

    What the upstream threw away and what it remembers as skipped is not inherited.
    @param at  the upstream's log as it was read  @param id  unique among all datasets there are
    @complexity O(effective actions) in memory; files are shared */
[[nodiscard]] WAYBILL_DECL change fork(dataset const& upstream, fork_point const& at, std::string_view id,
                                       std::string_view name, std::string_view description, stamp const& by);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/fork.ipp>
#endif
