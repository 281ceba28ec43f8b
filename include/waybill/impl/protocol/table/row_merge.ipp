#pragma once

#include <waybill/protocol/table/row_merge.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// One side of a merge, seen through the columns of the result.
class merge_side {
 public:
  static result<merge_side> over(csv_table& rows, std::span<std::string const> columns, key_columns const& key) {
    auto ordered = ordered_rows::over(rows, key);
    if (!ordered) return ordered.error();
    merge_side out{std::move(*ordered)};
    for (auto const& name : columns) out.at_.push_back(rows.find(name));
    if (auto const r = out.rows_.advance(); !r) return r.error();
    return out;
  }

  [[nodiscard]] ordered_rows const& rows() const noexcept { return rows_; }
  /// True where its row is the one of that place.
  [[nodiscard]] bool is_at(key_columns const& key, ordered_rows const& place) const noexcept {
    return !rows_.at_end() && compare_places(key, rows_, place) == 0;
  }
  [[nodiscard]] std::span<cell_view const> row() {
    row_.clear();
    for (auto const& at : at_) row_.push_back(at ? rows_.row()[*at] : cell_view{});
    return row_;
  }
  [[nodiscard]] result<void> advance() { return rows_.advance(); }

 private:
  explicit merge_side(ordered_rows rows) : rows_{std::move(rows)} {}

  ordered_rows rows_;
  std::vector<std::optional<std::size_t>> at_;
  std::vector<cell_view> row_;
};

inline bool same_values(std::optional<std::span<cell_view const>> a, std::optional<std::span<cell_view const>> b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::equal(a->begin(), a->end(), b->begin(), b->end());
}

/// What becomes of the rows of one key; each empty where its side has none.
inline result<void> merge_row(std::array<std::optional<std::span<cell_view const>>, 3> const& rows,
                              std::span<cell_view const> key, values_visitor const& merged,
                              values_visitor const& conflict) {
  auto const& [base, ours, theirs] = rows;
  auto kept = ours;
  if (same_values(ours, base)) {
    kept = theirs;
  } else if (!same_values(theirs, base) && !same_values(ours, theirs)) {
    if (auto const r = conflict(key); !r) return r;
  }
  return kept ? merged(*kept) : result<void>{};
}

}  // namespace detail

WAYBILL_DECL result<void> merge_rows(merge_sides const& sides, std::span<std::string const> columns,
                                     key_columns const& key, values_visitor const& merged,
                                     values_visitor const& conflict) {
  std::vector<detail::merge_side> all;
  for (auto* const rows : {&sides.base, &sides.ours, &sides.theirs}) {
    auto side = detail::merge_side::over(*rows, columns, key);
    if (!side) return side.error();
    all.push_back(std::move(*side));
  }
  for (;;) {
    std::size_t least = 0;
    for (std::size_t i = 1; i != all.size(); ++i)
      if (compare_places(key, all[i].rows(), all[least].rows()) < 0) least = i;
    if (all[least].rows().at_end()) return {};
    std::array<std::optional<std::span<cell_view const>>, 3> rows;
    for (std::size_t i = 0; i != all.size(); ++i)
      if (all[i].is_at(key, all[least].rows())) rows[i] = all[i].row();
    if (auto const r = detail::merge_row(rows, all[least].rows().key(), merged, conflict); !r) return r;
    for (std::size_t i = 0; i != all.size(); ++i)
      if (rows[i])
        if (auto const r = all[i].advance(); !r) return r;
  }
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
