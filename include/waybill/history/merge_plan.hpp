#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/timeline.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Which of a source's actions a merge takes: those that match every member that is given; an empty list matches none.
struct merge_filter {
  std::optional<std::unordered_set<std::string>> hashes;
  std::optional<std::unordered_set<std::string>> kinds;

  [[nodiscard]] bool matches(action const& a) const;

  /// Reads `{"hash": […], "key": […]}`, both optional. @errors errc::bad_filter for anything else
  [[nodiscard]] static result<merge_filter> read(json::value const& v);
};

/// What a merge makes of one action of its source, before anything is played.
enum class merge_class : std::uint8_t {
  common,      ///< effective in the target already
  local,       ///< of a kind that is never offered
  retracted,   ///< the target threw it away, and the source did not do it itself or merge it on purpose
  skipped,     ///< a filter is given, and does not match
  remembered,  ///< no filter is given, and the target remembers it as skipped
  selected     ///< to be played
};

/** The class of each of the source's effective actions, in their order.
    @complexity O(actions of both)  @format docs/history.md#merge, rule 3 */
[[nodiscard]] WAYBILL_DECL std::vector<merge_class> classify(timeline const& target, timeline const& source,
                                                             std::optional<merge_filter> const& filter);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/merge_plan.ipp>
#endif
