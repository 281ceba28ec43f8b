#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/history/record.hpp>
#include <waybill/history/state.hpp>
#include <waybill/history/timeline.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// A dataset with its history: what it began with, what happened, and what it holds now. A value.
struct dataset {
  timeline line;
  state base;   ///< before the first effective action
  state files;  ///< after the last
};

/// What an operation makes of a dataset, and the records that say so: they are written as one batch, or not at all.
struct change {
  dataset after;
  std::vector<record> records;  ///< empty: nothing happened
};

/// The files after the first `position` effective actions.
/// @errors errc::corrupt_state when an action cannot be done again  @complexity O(position)
[[nodiscard]] WAYBILL_DECL result<state> state_at(dataset const& d, std::size_t position);

/** Makes a dataset what it is after a record, files included; whoever reads a log does so record by record.
    @param upstream  the upstream at the fork point, for the first record of a fork
    @errors errc::corrupt_state when the record does not follow from what was before */
[[nodiscard]] WAYBILL_DECL result<void> apply(dataset& d, record const& r, dataset const* upstream = nullptr);

/** A new dataset.
    @param id    unique among all datasets there are
    @param base  top hash of `files`' manifest where it is stored somewhere; else empty */
[[nodiscard]] WAYBILL_DECL change open_dataset(std::string_view id, std::string_view name, std::string_view base,
                                               state files, std::string_view description, stamp const& by);

namespace detail {

/// Plays what a log says was played. @errors errc::corrupt_state when it has another effect than was recorded
[[nodiscard]] WAYBILL_DECL result<void> play_again(state& files, landed const& a);

}  // namespace detail
}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/dataset.ipp>
#endif
