#pragma once

#include <waybill/protocol/table/row_order.hpp>

#include <waybill/protocol/table/value.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace table {

WAYBILL_DECL key_columns primary_key_of(schema const& s) {
  key_columns out{s.primary_key, {}};
  for (auto const& name : s.primary_key) {
    auto const c =
        std::find_if(s.columns.begin(), s.columns.end(), [&](column const& other) { return other.name == name; });
    out.kinds.push_back(parse_type(c->type).value().kind);
  }
  return out;
}

WAYBILL_DECL int compare_keys(std::span<value_kind const> kinds, std::span<cell_view const> a,
                              std::span<cell_view const> b) noexcept {
  for (std::size_t i = 0; i != kinds.size(); ++i) {
    if (a[i] && b[i]) {
      if (int const order = compare_values(kinds[i], *a[i], *b[i]); order != 0) return order;
    } else if (a[i].has_value() != b[i].has_value()) {
      return a[i] ? 1 : -1;
    }
  }
  return 0;
}

WAYBILL_DECL result<ordered_rows> ordered_rows::over(csv_table& rows, key_columns const& key) {
  auto at = positions_of(key.names, rows.columns());
  if (!at) return at.error();
  return ordered_rows{rows, key, std::move(*at)};
}

WAYBILL_DECL result<void> ordered_rows::advance() {
  if (!first_)
    for (std::size_t i = 0; i != at_.size(); ++i) {
      if (!values_[i]) before_[i].reset();
      else if (before_[i]) before_[i]->assign(*values_[i]);
      else before_[i].emplace(*values_[i]);
    }
  auto const next = rows_->next();
  if (!next) return next.error();
  row_ = *next;
  if (!row_) return {};
  values_.clear();
  for (auto const at : at_) values_.push_back((*row_)[at]);
  if (!first_) {
    std::vector<cell_view> const before(before_.begin(), before_.end());
    if (compare_keys(key_->kinds, before, values_) >= 0)
      return make_error(errc::unsorted, "a row does not come behind the one before in the order of the primary key",
                        "line " + std::to_string(rows_->line()));
  }
  first_ = false;
  return {};
}

WAYBILL_DECL int compare_places(key_columns const& key, ordered_rows const& a, ordered_rows const& b) noexcept {
  if (a.at_end() || b.at_end()) return static_cast<int>(a.at_end()) - static_cast<int>(b.at_end());
  return compare_keys(key.kinds, a.key(), b.key());
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
