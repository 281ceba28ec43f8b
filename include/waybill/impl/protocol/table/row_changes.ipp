#pragma once

#include <waybill/protocol/table/row_changes.hpp>

#include <algorithm>
#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// Places of one column in two states of a table.
struct column_pair {
  std::optional<std::size_t> before, after;
};

inline std::vector<column_pair> pair_columns(csv_table const& before, csv_table const& after) {
  std::vector<column_pair> out;
  for (std::size_t i = 0; i != before.columns().size(); ++i) out.push_back({i, after.find(before.columns()[i])});
  for (std::size_t i = 0; i != after.columns().size(); ++i)
    if (!before.find(after.columns()[i])) out.push_back({std::nullopt, i});
  return out;
}

inline bool same_row(std::span<column_pair const> columns, std::span<cell_view const> before,
                     std::span<cell_view const> after) {
  return std::all_of(columns.begin(), columns.end(), [&](column_pair const& c) {
    return (c.before ? before[*c.before] : cell_view{}) == (c.after ? after[*c.after] : cell_view{});
  });
}

inline row copy_of(std::span<cell_view const> values) { return row(values.begin(), values.end()); }

}  // namespace detail

WAYBILL_DECL result<void> compare_rows(csv_table& before, csv_table& after, key_columns const& key,
                                       change_visitor const& visit) {
  auto const columns = detail::pair_columns(before, after);
  auto old_rows = ordered_rows::over(before, key);
  if (!old_rows) return old_rows.error();
  auto new_rows = ordered_rows::over(after, key);
  if (!new_rows) return new_rows.error();
  if (auto const r = old_rows->advance(); !r) return r;
  if (auto const r = new_rows->advance(); !r) return r;
  while (!old_rows->at_end() || !new_rows->at_end()) {
    int const order = compare_places(key, *old_rows, *new_rows);
    if (order != 0 || !detail::same_row(columns, old_rows->row(), new_rows->row())) {
      auto const old_row = order <= 0 ? detail::copy_of(old_rows->row()) : row{};
      auto const new_row = order >= 0 ? detail::copy_of(new_rows->row()) : row{};
      auto const kind = order < 0 ? change_kind::removed : order > 0 ? change_kind::added : change_kind::modified;
      auto const none = std::span<std::string const>{};
      row_change const change{kind,
                              key.names,
                              order <= 0 ? std::span{old_rows->columns()} : none,
                              order >= 0 ? std::span{new_rows->columns()} : none,
                              old_row,
                              new_row};
      if (auto const r = visit(change); !r) return r;
    }
    if (order <= 0)
      if (auto const r = old_rows->advance(); !r) return r;
    if (order >= 0)
      if (auto const r = new_rows->advance(); !r) return r;
  }
  return {};
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
