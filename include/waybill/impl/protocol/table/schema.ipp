#pragma once

#include <waybill/protocol/table/schema.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/protocol/table/sql_type.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline constexpr std::size_t most_columns = 4096;

inline error at_member(error e, std::string_view list, std::size_t index, std::string_view member = {}) {
  e.path = std::string{"/"}.append(list).append("/").append(std::to_string(index));
  if (!member.empty()) e.path.append("/").append(member);
  return e;
}

inline result<void> check_columns(schema& s) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i != s.columns.size(); ++i) {
    auto& c = s.columns[i];
    if (auto const named = check_name(c.name); !named) return at_member(named.error(), "columns", i, "name");
    if (!seen.insert(waybill::detail::ascii_lower_text(c.name)).second)
      return at_member(make_error(errc::malformed_table, "a column '" + printable(c.name) + "' stands there twice"),
                       "columns", i, "name");
    auto const type = parse_type(c.type);
    if (!type) return at_member(type.error(), "columns", i, "type");
    c.type = to_text(*type);
  }
  return {};
}

/// Text and bytes of any length cannot be found again by an index.
inline bool can_be_key(sql_type const& type) noexcept {
  if (type.kind == value_kind::json || type.kind == value_kind::geometry) return false;
  bool const sized = type.name == "char" || type.name == "binary" || !type.arguments.empty();
  return (type.kind != value_kind::text && type.kind != value_kind::bytes) || sized;
}

inline result<void> check_key(schema& s) {
  if (s.primary_key.empty())
    return make_error(errc::malformed_table, "a table has a primary key of at least one column", "/primary_key");
  for (std::size_t i = 0; i != s.primary_key.size(); ++i) {
    auto const& name = s.primary_key[i];
    auto const c =
        std::find_if(s.columns.begin(), s.columns.end(), [&](column const& other) { return other.name == name; });
    if (c == s.columns.end())
      return at_member(make_error(errc::malformed_table, "there is no column '" + printable(name) + "'"), "primary_key",
                       i);
    if (std::find(s.primary_key.begin(), s.primary_key.begin() + static_cast<std::ptrdiff_t>(i), name) !=
        s.primary_key.begin() + static_cast<std::ptrdiff_t>(i))
      return at_member(make_error(errc::malformed_table, "column '" + printable(name) + "' stands there twice"),
                       "primary_key", i);
    if (!can_be_key(parse_type(c->type).value()))
      return at_member(make_error(errc::wrong_type, "column '" + printable(name) + "' is " + c->type +
                                                        ", which cannot be of a primary key; varchar(255) can"),
                       "primary_key", i);
    c->nullable = false;
  }
  return {};
}

}  // namespace detail

WAYBILL_DECL result<void> check_name(std::string_view name) {
  std::size_t points = 0;
  bool good = !name.empty() && !name.ends_with(' ');
  for (auto rest = name; good && !rest.empty(); ++points) {
    auto const c = decode_utf8(rest);
    good = c.size != 0 && c.value >= 0x20 && c.value != 0x7f;
    rest.remove_prefix(c.size);
  }
  if (good && points <= 64) return {};
  return make_error(errc::malformed_table,
                    "'" + printable(name.substr(0, 80)) +
                        "' is no name of a table or column: 1 to 64 characters, no control characters, no space "
                        "at the end");
}

WAYBILL_DECL result<schema> checked(schema s) {
  if (s.columns.size() > detail::most_columns)
    return make_error(errc::too_large, "a table has at most 4096 columns", "/columns");
  if (auto const r = detail::check_columns(s); !r) return r.error();
  if (auto const r = detail::check_key(s); !r) return r.error();
  return s;
}

WAYBILL_DECL result<schema> parse_schema(std::string_view text) {
  auto const document =
      json::parse(text, {.max_depth = 8, .max_bytes = std::size_t{8} << 20, .refuse_duplicates = true});
  if (!document) return document.error();
  json::record_reader reader{*document};
  schema out;
  std::size_t index = 0;
  for (auto const& item : reader.required_array("columns")) {
    json::record_reader member{item, "/columns/" + std::to_string(index++)};
    auto& c = out.columns.emplace_back();
    c.name = member.required_string("name");
    c.type = member.required_string("type");
    c.nullable = member.optional_bool("nullable").value_or(true);
    if (auto const r = member.finish(); !r) return r.error();
  }
  if (reader.ok()) static_cast<void>(reader.required_array("primary_key"));
  out.primary_key = reader.optional_strings("primary_key");
  if (auto const r = reader.finish(); !r) return r.error();
  return checked(std::move(out));
}

WAYBILL_DECL json::value to_json(schema const& s) {
  json::array columns, key;
  for (auto const& c : s.columns)
    columns.emplace_back(json::object{{"name", c.name}, {"type", c.type}, {"nullable", c.nullable}});
  for (auto const& name : s.primary_key) key.emplace_back(name);
  return json::object{{"columns", std::move(columns)}, {"primary_key", std::move(key)}};
}

WAYBILL_DECL std::vector<std::string> names_of(schema const& s) {
  std::vector<std::string> out;
  for (auto const& c : s.columns) out.push_back(c.name);
  return out;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
