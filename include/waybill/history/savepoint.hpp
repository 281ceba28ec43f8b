#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

struct mark_result {
  savepoint at;
  bool created = true;  ///< false: nothing happened since the newest savepoint, which is the answer
  change made;
};

/** Marks the end of a dataset's effective log.
    @param manifest  top hash of the manifest that was published with it; empty: none */
[[nodiscard]] WAYBILL_DECL mark_result mark(dataset const& on, std::string_view description, std::string_view manifest,
                                            stamp const& by);

struct revert_result {
  std::vector<std::string> thrown_away;  ///< hashes in log order
  change made;
};

/** Goes back to a savepoint: the actions after it are retracted, the savepoints after it are gone. It does not travel
    with merges; `undo` does.
    @errors errc::no_savepoint; errc::corrupt_state when an action of the log cannot be done again */
[[nodiscard]] WAYBILL_DECL result<revert_result> revert(dataset const& on, std::string_view id, stamp const& by);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/savepoint.ipp>
#endif
