#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/** Collapses some of a dataset's effective actions: per key what stood there before the first of them that touches it,
    and after the last.
    @param selected  one flag per effective action
    @return params of a Package.apply: the changes that remain, and the hashes it `covers`
    @errors errc::corrupt_state for a log that cannot be done again  @complexity O(effective actions)
    @format docs/history.md#squash */
[[nodiscard]] WAYBILL_DECL result<json::value> squash(dataset const& source, std::vector<bool> const& selected);

/// The changes at one touched key (history/action.hpp: a file, `dir/` or `#name`) that make one state another there.
WAYBILL_DECL void append_changes_at(json::array& out, std::string const& touched, state const& before,
                                    state const& after);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/squash.ipp>
#endif
