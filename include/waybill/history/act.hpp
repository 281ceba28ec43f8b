#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// An action that was done, and what it made.
struct act_result {
  std::string hash;
  effect did = effect::applied;
  change made;
};

/** Does an action to a dataset.
    @param intention  see history/intention.hpp
    @errors those of `complete`; errc::exists, … (history/refusal.hpp), the path says where */
[[nodiscard]] WAYBILL_DECL result<act_result> act(dataset const& on, std::string_view kind,
                                                  json::value const& intention, stamp const& by);

/// The same with params that are complete, as `changes_between` makes them. @errors as act
[[nodiscard]] WAYBILL_DECL result<act_result> act_exactly(dataset const& on, std::string_view kind, json::value params,
                                                          stamp const& by);

/** Takes an effective action back by doing the inverse: a new action, which travels with merges as any other.
    @param hash  or the first digits of one, 6 or more
    @errors errc::unknown_action when no effective action has it; errc::refused when there is nothing to undo (it
            changed nothing, or no file); errc::exists, … when something done since stands in the way */
[[nodiscard]] WAYBILL_DECL result<act_result> undo(dataset const& on, std::string_view hash, stamp const& by);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/act.ipp>
#endif
