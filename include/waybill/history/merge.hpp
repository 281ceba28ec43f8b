#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/dataset.hpp>
#include <waybill/history/play.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

struct merge_options {
  bool autorollback = true;             ///< at a conflict the target stays as it was; false: what played stays
  std::optional<json::value> filter{};  ///< see merge_filter::read
  bool remember = false;                ///< after a good end later merges skip what the filter skipped
  bool force = false;                   ///< the target is first cut back to what both share from the beginning
  /** All selected actions become one, a key at a time: what the source had before the first of them and after the
      last. A conflict of an early action that a later one heals is none then. All or nothing in any case. */
  bool squash = false;
  /// File keys whose conflicts are resolved by actions in the target: so that the source's action plays …
  std::vector<std::string> theirs{};
  std::vector<std::string> ours{};  ///< … and, for these, that the target's file is back at the end
};

enum class merge_status : std::uint8_t { merged, nothing, rolled_back, stopped };

/// `merged`, `nothing`, `rolled_back`, `stopped`
[[nodiscard]] WAYBILL_DECL std::string_view name_of(merge_status s) noexcept;

/// The conflict a merge ended with.
struct merge_failure {
  std::string action;  ///< hash
  conflict why;
  /// Skipped or remembered actions before it in the source that touch one of its keys: it may stand on them.
  std::vector<std::string> needs;
};

/// What became of each of the source's effective actions: hashes, each list in the source's order.
struct merge_report {
  merge_status status = merge_status::nothing;
  std::vector<std::string> applied, satisfied, skipped, remembered, retracted, local, common;
  std::vector<std::string> pending;   ///< selected, and after the one that failed
  std::vector<std::string> resolved;  ///< hashes of the target's own actions that `theirs` and `ours` made
  std::optional<merge_failure> failed;
};

struct merge_result {
  merge_report report;
  change made;  ///< to the target; without records when it stays as it was
};

/** Replays a source's actions in a target. Every merge computes everything anew: to repeat one goes on with it.

    Whoever only wants to know what would happen does not keep the change.
    @param source  with the params of all its actions; its files count with `squash`, `theirs` and `ours` only
    @errors errc::self_merge, unrelated, bad_filter, unknown_action (a filter's hash not effective in the source);
            errc::usage (`squash` beside `theirs` or `ours`); errc::corrupt_state for a log that cannot be done again
    @complexity O(actions of both); with `force`, `squash`, `theirs` or `ours` what was effective is done again
    @format docs/history.md#merge */
[[nodiscard]] WAYBILL_DECL result<merge_result> merge(dataset const& target, dataset const& source,
                                                      merge_options const& options, stamp const& by);

/// `{"status", "applied", …, "failed": {"action", "reason", "at", "needs"}}`; without `failed` where nothing did.
[[nodiscard]] WAYBILL_DECL json::object to_json(merge_report const& r);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/merge.ipp>
#endif
