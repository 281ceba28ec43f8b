#pragma once

#include <waybill/protocol/dolt/table_form.hpp>

#include <waybill/protocol/dolt/sql_text.hpp>

#include <cstddef>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline error unknown_answer(std::string_view table) {
  return make_error(errc::unsupported, "this Dolt describes tables in another way than 1.83 does", std::string{table});
}

inline std::string text_at(table::row const& r, std::size_t column) { return r[column].value_or(std::string{}); }

}  // namespace detail

WAYBILL_DECL result<table_form> read_table_form(std::string name, std::span<table::row const> columns,
                                                std::span<table::row const> indexes) {
  // SHOW COLUMNS: Field, Type, Null, Key, …  SHOW INDEX: Table, Non_unique, Key_name, Seq_in_index, Column_name, …
  constexpr std::size_t column_width = 4, index_width = 5;
  table_form out{.name = std::move(name)};
  for (auto const& r : columns) {
    if (r.size() < column_width) return detail::unknown_answer(out.name);
    out.columns.columns.push_back({detail::text_at(r, 0), detail::text_at(r, 1), detail::text_at(r, 2) == "YES"});
  }
  // Their order in the answer is that in the index.
  for (auto const& r : indexes) {
    if (r.size() < index_width) return detail::unknown_answer(out.name);
    if (detail::text_at(r, 2) == "PRIMARY") out.columns.primary_key.push_back(detail::text_at(r, 4));
    else if (detail::text_at(r, 1) == "0") out.more_unique_keys = true;
  }
  return out;
}

WAYBILL_DECL std::string create_table_text(std::string_view name, table::schema const& columns) {
  std::string out = "CREATE TABLE " + quoted_name(name) + " (";
  for (auto const& c : columns.columns)
    out.append(quoted_name(c.name)).append(" ").append(c.type).append(c.nullable ? ", " : " NOT NULL, ");
  std::string key;
  for (auto const& column : columns.primary_key) key += (key.empty() ? "" : ",") + quoted_name(column);
  return out + "PRIMARY KEY (" + key + "))";
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI
