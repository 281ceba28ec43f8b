#pragma once

#include <waybill/config.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/manifest/entry.hpp>

#include <concepts>
#include <ranges>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** A range of records in walk order of their keys, without duplicates: what every algorithm of this folder takes.

    The order itself is a promise of the caller (`is_walk_sorted` checks it); manifests keep it by construction.
    @tparam Key  projection from a record to its key as `std::string_view`
*/
template <class R, class Key = key_of_fn>
concept sorted_entry_range =
    std::ranges::input_range<R> && requires(std::ranges::range_reference_t<R> record, Key key) {
      { key(record) } -> std::convertible_to<std::string_view>;
    };

/// True when keys strictly increase in walk order. @complexity O(n)
template <std::ranges::forward_range R, class Key = key_of_fn>
[[nodiscard]] bool is_walk_sorted(R&& range, Key key = {}) {
  auto previous = std::ranges::begin(range);
  auto const last = std::ranges::end(range);
  if (previous == last) return true;
  for (auto next = std::ranges::next(previous); next != last; previous = next, ++next)
    if (walk_compare(key(*previous), key(*next)) >= 0) return false;
  return true;
}

}  // namespace waybill::inline WAYBILL_ABI
