#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/state.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// One part of a Package.apply: `{"key": kind, "params": …}`.
[[nodiscard]] WAYBILL_DECL json::value part(std::string_view kind, json::object params);

/** Appends the changes that make one file what it is elsewhere, as parts of a Package.apply.

    Metadata changes field by field where only the user's fields differ; else the file is removed and added.
    @param before, after  null where the file is not there */
WAYBILL_DECL void append_file_changes(json::array& out, std::string const& key, entry const* before,
                                      entry const* after);

/// The same parts, those that remove files before all others, so that a name may change from file to directory.
[[nodiscard]] WAYBILL_DECL json::array removals_first(json::array parts);

/** The changes that make one state another, as parts of a Package.apply: removals first, then everything else in walk
    order, metadata of directories and the dataset's at the end.

    A manifest's header, but for the metadata, is no part of a state.
    @complexity O(n) in files */
[[nodiscard]] WAYBILL_DECL json::array changes_between(state const& before, state const& after);

/** The changes that take an action's effects back, as parts of a Package.apply in the order in which they are done.

    @param before  what the action was done to, for what its params do not hold: where the bytes lay, other metadata
    @errors those of play for params that are none */
[[nodiscard]] WAYBILL_DECL result<json::array> inverse(state const& before, std::string_view kind,
                                                       json::value const& params);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/changes.ipp>
#endif
