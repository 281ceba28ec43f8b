#pragma once

#include <waybill/protocol/table/csv_table.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <set>

namespace waybill::inline WAYBILL_ABI {
namespace table {

WAYBILL_DECL result<csv_table> csv_table::open(byte_source& from, csv_limits limits) {
  csv_table out{csv_reader{from, limits}};
  auto const names = out.reader_.next();
  if (!names) return names.error();
  if (!*names)
    return make_error(errc::malformed_table, "a first line with the names of the columns is missing", "line 1");
  std::set<std::string> seen;
  for (auto const& name : **names) {
    if (!name || name->empty())
      return make_error(errc::malformed_table, "column " + std::to_string(out.columns_.size() + 1) + " has no name",
                        "line 1");
    if (!seen.insert(waybill::detail::ascii_lower_text(*name)).second)
      return make_error(errc::malformed_table, "a column '" + printable(*name) + "' stands there twice", "line 1");
    out.columns_.emplace_back(*name);
  }
  return out;
}

WAYBILL_DECL std::optional<std::size_t> csv_table::find(std::string_view name) const noexcept {
  auto const at = std::find(columns_.begin(), columns_.end(), name);
  if (at == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns_.begin());
}

WAYBILL_DECL result<std::optional<std::span<cell_view const>>> csv_table::next() {
  for (;;) {
    auto const row = reader_.next();
    if (!row || !*row || (*row)->size() == columns_.size()) return row;
    if ((*row)->size() == 1 && !(**row)[0]) continue;
    return make_error(errc::malformed_table,
                      "a row has " + std::to_string((*row)->size()) + " values, and there are " +
                          std::to_string(columns_.size()) + " columns",
                      "line " + std::to_string(line()));
  }
}

WAYBILL_DECL result<std::vector<std::size_t>> positions_of(std::span<std::string const> wanted,
                                                           std::span<std::string const> columns) {
  std::vector<std::size_t> out;
  for (auto const& name : wanted) {
    auto const at = std::find(columns.begin(), columns.end(), name);
    if (at == columns.end()) return make_error(errc::malformed_table, "there is no column '" + printable(name) + "'");
    out.push_back(static_cast<std::size_t>(at - columns.begin()));
  }
  return out;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
