#pragma once

#include <waybill/algebra/merge.hpp>

#include <cstddef>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace detail::merging {

/// What a merge knows of one key. `content` and `meta` point to the entries whose parts it takes; null: the key is
/// gone.
struct merge_row {
  entry const* base = nullptr;
  entry const* ours = nullptr;
  entry const* theirs = nullptr;
  entry const* content = nullptr;
  entry const* meta = nullptr;
  bool conflict = false;

  [[nodiscard]] std::string_view key() const noexcept { return (ours ? ours : theirs ? theirs : base)->key; }
  void take(entry const* side) noexcept { content = meta = side; }
};

inline bool same_content(entry const& a, entry const& b) {
  // An untouched entry without digests is unknown to compare_entries, yet nobody changed it.
  if (a.size == b.size && a.digests == b.digests && a.foreign_hash == b.foreign_hash && a.places == b.places)
    return true;
  auto const change = compare_entries(a, b);
  return change == entry_change::none || change == entry_change::metadata;
}

inline bool same_metadata(entry const& a, entry const& b) {
  auto const change = compare_entries(a, b);
  return change == entry_change::none || change == entry_change::content;
}

inline bool same_state(entry const* a, entry const* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return same_content(*a, *b) && same_metadata(*a, *b);
}

/// The side one part of an entry comes from, or null when both changed it differently.
template <class Same>
entry const* pick_part(merge_row const& row, Same same) {
  if (same(*row.ours, *row.theirs) || same(*row.base, *row.theirs)) return row.ours;
  return same(*row.base, *row.ours) ? row.theirs : nullptr;
}

inline void decide(merge_row& row) {
  if (same_state(row.ours, row.theirs) || same_state(row.base, row.theirs)) return row.take(row.ours);
  if (same_state(row.base, row.ours)) return row.take(row.theirs);
  if (row.base && row.ours && row.theirs) {
    row.content = pick_part(row, same_content);
    row.meta = pick_part(row, same_metadata);
    row.conflict = row.content == nullptr || row.meta == nullptr;
  } else {
    row.conflict = true;
  }
}

/// One row for each key of the three, in walk order.
inline std::vector<merge_row> align(std::span<entry const> base, std::span<entry const> ours,
                                    std::span<entry const> theirs) {
  std::vector<merge_row> rows;
  rows.reserve(ours.size() > theirs.size() ? ours.size() : theirs.size());
  auto const front_is = [](std::span<entry const> side, entry const* least) {
    return !side.empty() && walk_compare(side.front().key, least->key) == 0;
  };
  auto const pop = [](std::span<entry const>& side) {
    auto const* front = &side.front();
    side = side.subspan(1);
    return front;
  };
  while (!base.empty() || !ours.empty() || !theirs.empty()) {
    entry const* least = nullptr;
    for (auto const side : {base, ours, theirs})
      if (!side.empty() && (least == nullptr || side.front().key < least->key)) least = &side.front();
    merge_row row;
    if (front_is(base, least)) row.base = pop(base);
    if (front_is(ours, least)) row.ours = pop(ours);
    if (front_is(theirs, least)) row.theirs = pop(theirs);
    rows.push_back(row);
  }
  return rows;
}

/** Finds names that are a file and a directory at once and gives each of their keys back its state of one side.

    A side alone never has both, so one of the two comes from ours only and the other from theirs only: after that
    there is no such name left, and none is nested in another.
*/
inline void settle_clashes(std::vector<merge_row>& rows, entry const* merge_row::* side) {
  merge_row* file = nullptr;
  for (auto& row : rows) {
    if (row.content == nullptr) continue;
    if (file == nullptr || !is_below(row.key(), file->key())) {
      file = &row;
      continue;
    }
    file->conflict = row.conflict = true;
    row.take(row.*side);
    // `file` stays the name to compare with: everything below it belongs to the same clash
  }
  for (auto& row : rows)
    if (row.conflict) row.take(row.*side);
}

inline std::optional<entry> copy_of(entry const* e) { return e ? std::optional<entry>{*e} : std::nullopt; }

}  // namespace detail::merging

WAYBILL_DECL merge_result merge(std::span<entry const> base, std::span<entry const> ours, std::span<entry const> theirs,
                                merge_policy policy) {
  auto const side =
      policy == merge_policy::theirs ? &detail::merging::merge_row::theirs : &detail::merging::merge_row::ours;
  auto rows = detail::merging::align(base, ours, theirs);
  for (auto& row : rows) {
    detail::merging::decide(row);
    if (row.conflict) row.take(row.*side);
  }
  detail::merging::settle_clashes(rows, side);

  merge_result out;
  for (auto const& row : rows) {
    if (row.content != nullptr) {
      out.merged.push_back(*row.content);
      if (row.meta != row.content) out.merged.back().meta = row.meta->meta;
    }
    if (row.conflict && policy == merge_policy::report)
      out.conflicts.push_back({logical_key::trusted(std::string{row.key()}), detail::merging::copy_of(row.base),
                               detail::merging::copy_of(row.ours), detail::merging::copy_of(row.theirs)});
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
