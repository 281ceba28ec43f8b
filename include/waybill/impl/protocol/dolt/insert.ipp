#pragma once

#include <waybill/protocol/dolt/insert.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline std::string name_list(std::span<std::string const> names) {
  std::string out;
  for (auto const& name : names) out += (out.empty() ? "" : ",") + quoted_name(name);
  return out;
}

/// What takes the place of a row with a known key: all that is given; of a bare key itself, which changes nothing.
inline std::string over_known_key(table_form const& into, std::span<std::string const> columns) {
  std::string out;
  auto const& key = into.columns.primary_key;
  for (auto const& name : columns) {
    if (std::ranges::count(key, name) != 0 && columns.size() != key.size()) continue;
    auto const quoted = quoted_name(name);
    out += (out.empty() ? "" : ",") + quoted + "=VALUES(" + quoted + ")";
  }
  return " ON DUPLICATE KEY UPDATE " + out;
}

}  // namespace detail

WAYBILL_DECL insert_text::insert_text(table_form const& into, std::span<std::string const> columns,
                                      bool over_known_keys)
    : head_{"INSERT INTO " + quoted_name(into.name) + " (" + detail::name_list(columns) + ") VALUES "} {
  auto const& known = into.columns.columns;
  for (auto const& name : columns) {
    auto const at = std::ranges::find(known, name, &table::column::name);
    kinds_.push_back(at == known.end() ? literal_kind::text : literal_kind_of(at->type));
  }
  for (auto const& name : into.columns.primary_key)
    key_.push_back(static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin()));
  if (over_known_keys && into.more_unique_keys)
    delete_head_ =
        "DELETE FROM " + quoted_name(into.name) + " WHERE (" + detail::name_list(into.columns.primary_key) + ") IN (";
  else if (over_known_keys) tail_ = detail::over_known_key(into, columns);
}

WAYBILL_DECL bool insert_text::add(std::span<table::cell_view const> values) {
  rows_ += rows_.empty() ? "(" : ",(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) rows_ += ',';
    append_literal(rows_, values[i], kinds_[i]);
  }
  rows_ += ')';
  if (!delete_head_.empty()) {
    keys_ += keys_.empty() ? "(" : ",(";
    for (std::size_t i = 0; i < key_.size(); ++i) {
      if (i != 0) keys_ += ',';
      append_literal(keys_, values[key_[i]], kinds_[key_[i]]);
    }
    keys_ += ')';
  }
  return rows_.size() + keys_.size() >= statement_size;
}

WAYBILL_DECL std::string insert_text::take() {
  if (rows_.empty()) return {};
  std::string out;
  if (!delete_head_.empty()) out.append(delete_head_).append(keys_).append(")").append(statement_end);
  out.append(head_).append(rows_).append(tail_).append(statement_end);
  rows_.clear();
  keys_.clear();
  return out;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI
