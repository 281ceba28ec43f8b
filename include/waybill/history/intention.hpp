#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/state.hpp>
#include <waybill/json/value.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/** Completes what somebody wants to an action's params: fills in the preconditions from the present state.

    | kind | intention |
    |---|---|
    | File.add | key, content, meta? (the user's object) |
    | File.replace | key, content |
    | File.remove | key |
    | File.move | key, to |
    | Meta.set | key?, name, value |
    | Meta.unset | key?, name |
    | Package.apply | changes [{key, params}] of the kinds above; each meets what the ones before left |
    | Dataset.edit | anything |

    Members that a kind does not know are refused: a misspelt one would be lost.
    @param now  what the action will be done to
    @errors errc::missing (its path is the key or `key#field`) where there is nothing to change, and for parts of a
            Package.apply those of play; errc::unknown_action; missing_member, wrong_type, usage (an unknown member),
            malformed_key and those of read_content for an intention that is none
    @format docs/history.md#params */
[[nodiscard]] WAYBILL_DECL result<json::value> complete(state const& now, std::string_view kind,
                                                        json::value const& intention);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/intention.ipp>
#endif
