#pragma once

#include <waybill/algebra/sorted.hpp>
#include <waybill/config.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstdint>
#include <ranges>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** Takes the pieces of a diff as they are found, in walk order.

    `added(after)`, `removed(before)`, `modified(before, after, entry_change)`; equal entries are not reported.
*/
template <class S, class Before = entry, class After = entry>
concept diff_sink = requires(S s, Before const& before, After const& after) {
  s.added(after);
  s.removed(before);
  s.modified(before, after, entry_change::both);
};

/** Classifies two sorted ranges against each other in one pass.

    @param before, after  sorted, without duplicates; they may be of different record types
    @param compare        `compare(before, after) -> entry_change` for records of one key
    @complexity O(before + after) comparisons of keys; allocates nothing itself
    @example examples/03_diff_two_ranges.cpp
*/
template <class A, class B, class Sink, class Compare, class KeyA = key_of_fn, class KeyB = key_of_fn>
  requires sorted_entry_range<A, KeyA> && sorted_entry_range<B, KeyB>
void classify(A&& before, B&& after, Sink&& sink, Compare compare, KeyA key_a = {}, KeyB key_b = {}) {
  auto a = std::ranges::begin(before);
  auto b = std::ranges::begin(after);
  auto const a_end = std::ranges::end(before);
  auto const b_end = std::ranges::end(after);
  while (a != a_end && b != b_end) {
    auto&& x = *a;
    auto&& y = *b;
    auto const order = walk_compare(key_a(x), key_b(y));
    if (order < 0) {
      sink.removed(x);
      ++a;
    } else if (order > 0) {
      sink.added(y);
      ++b;
    } else {
      if (auto const change = compare(x, y); change != entry_change::none) sink.modified(x, y, change);
      ++a;
      ++b;
    }
  }
  for (; a != a_end; ++a) sink.removed(*a);
  for (; b != b_end; ++b) sink.added(*b);
}

/// One changed entry, seen from both sides.
struct modification {
  entry before;
  entry after;
  entry_change reason;
};

/// An entry that left one key and stands under another with the same content and metadata.
struct rename {
  logical_key from;
  entry after;
};

/** The ordered changes from one manifest to another. Lists are in walk order (`renamed` by its new key). */
struct diff {
  std::vector<entry> added;
  std::vector<entry> removed;
  std::vector<modification> modified;
  std::vector<rename> renamed;  ///< filled by `find_renames` only; its keys then leave `added` and `removed`
  std::uint64_t unchanged = 0;  ///< entries equal on both sides

  [[nodiscard]] bool empty() const noexcept {
    return added.empty() && removed.empty() && modified.empty() && renamed.empty();
  }
};

/// The difference of two manifests' entries. Header and directory metadata do not count, as in quilt3's diff.
/// @complexity O(n)
[[nodiscard]] WAYBILL_DECL diff make_diff(manifest const& before, manifest const& after,
                                          unknown_policy policy = unknown_policy::differs);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/diff.ipp>
#endif
