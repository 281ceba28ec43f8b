#pragma once

#include <waybill/protocol/table/sql_type.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/json/number.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// What may stand between parentheses behind a type's name.
struct type_row {
  std::string_view name;
  value_kind kind;
  unsigned min_arguments = 0, max_arguments = 0;
  std::uint64_t largest = 0;  ///< of the first argument
  bool may_be_unsigned = false;
  bool takes_texts = false;
};

inline constexpr std::array type_table{
    type_row{"tinyint", value_kind::whole, 0, 1, 255, true},
    type_row{"smallint", value_kind::whole, 0, 1, 255, true},
    type_row{"mediumint", value_kind::whole, 0, 1, 255, true},
    type_row{"int", value_kind::whole, 0, 1, 255, true},
    type_row{"integer", value_kind::whole, 0, 1, 255, true},
    type_row{"bigint", value_kind::whole, 0, 1, 255, true},
    type_row{"boolean", value_kind::whole},
    type_row{"bool", value_kind::whole},
    type_row{"bit", value_kind::whole, 0, 1, 64},
    type_row{"year", value_kind::whole},
    type_row{"decimal", value_kind::exact, 0, 2, 65},
    type_row{"numeric", value_kind::exact, 0, 2, 65},
    type_row{"float", value_kind::floating},
    type_row{"double", value_kind::floating},
    type_row{"real", value_kind::floating},
    type_row{"char", value_kind::text, 0, 1, 255},
    type_row{"varchar", value_kind::text, 1, 1, 16'383},
    type_row{"tinytext", value_kind::text},
    type_row{"text", value_kind::text},
    type_row{"mediumtext", value_kind::text},
    type_row{"longtext", value_kind::text},
    type_row{"enum", value_kind::text, 1, 65'535, 0, false, true},
    type_row{"set", value_kind::text, 1, 64, 0, false, true},
    type_row{"binary", value_kind::bytes, 0, 1, 255},
    type_row{"varbinary", value_kind::bytes, 1, 1, 65'535},
    type_row{"tinyblob", value_kind::bytes},
    type_row{"blob", value_kind::bytes},
    type_row{"mediumblob", value_kind::bytes},
    type_row{"longblob", value_kind::bytes},
    type_row{"date", value_kind::date},
    type_row{"datetime", value_kind::datetime, 0, 1, 6},
    type_row{"timestamp", value_kind::datetime, 0, 1, 6},
    type_row{"time", value_kind::time, 0, 1, 6},
    type_row{"json", value_kind::json},
    type_row{"geometry", value_kind::geometry},
    type_row{"point", value_kind::geometry},
    type_row{"linestring", value_kind::geometry},
    type_row{"polygon", value_kind::geometry},
    type_row{"multipoint", value_kind::geometry},
    type_row{"multilinestring", value_kind::geometry},
    type_row{"multipolygon", value_kind::geometry},
    type_row{"geometrycollection", value_kind::geometry},
};

inline type_row const* find_type(std::string_view name) noexcept {
  auto const* const row =
      std::find_if(type_table.begin(), type_table.end(), [&](auto const& r) { return r.name == name; });
  return row == type_table.end() ? nullptr : row;
}

inline error no_type(std::string_view text, std::string const& why) {
  return make_error(errc::wrong_type, "'" + printable(text) + "' is no type of a column: " + why);
}

inline void skip_blanks(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

inline std::string_view take_word(std::string_view& rest) noexcept {
  std::size_t n = 0;
  while (n != rest.size() && waybill::detail::is_ascii_alphanumeric(rest[n])) ++n;
  auto const word = rest.substr(0, n);
  rest.remove_prefix(n);
  skip_blanks(rest);
  return word;
}

/// A text between quotes, a quote in it doubled; a backslash would mean different things by `sql_mode`.
inline std::optional<std::string> take_quoted(std::string_view& rest) {
  if (!rest.starts_with('\'')) return std::nullopt;
  std::string out;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '\\' || static_cast<unsigned char>(rest[at]) < ' ') return std::nullopt;
    if (rest[at] != '\'') {
      out += rest[at];
    } else if (at + 1 < rest.size() && rest[at + 1] == '\'') {
      out += rest[at++];
    } else {
      rest.remove_prefix(at + 1);
      return out;
    }
  }
  return std::nullopt;
}

/// What stands between parentheses, which is behind `rest` then; empty where it is not well formed.
inline std::optional<std::vector<std::string>> take_arguments(std::string_view& rest, bool texts) {
  std::vector<std::string> out;
  do {
    rest.remove_prefix(1);
    skip_blanks(rest);
    auto argument = texts ? take_quoted(rest) : std::string{take_word(rest)};
    if (!argument || (!texts && (argument->empty() || argument->size() > 5 ||
                                 argument->find_first_not_of("0123456789") != std::string::npos)))
      return std::nullopt;
    out.push_back(texts ? std::move(*argument) : std::to_string(*json::to_uint64("0" + *argument)));
    skip_blanks(rest);
  } while (rest.starts_with(','));
  if (!rest.starts_with(')')) return std::nullopt;
  rest.remove_prefix(1);
  skip_blanks(rest);
  return out;
}

inline bool fit(type_row const& row, std::vector<std::string> const& arguments) {
  if (arguments.size() < row.min_arguments || arguments.size() > row.max_arguments) return false;
  if (row.takes_texts || arguments.empty()) return true;
  auto const first = *json::to_uint64(arguments[0]);
  bool const may_be_zero = row.kind == value_kind::datetime || row.kind == value_kind::time ||
                           row.kind == value_kind::text || row.kind == value_kind::bytes;
  if (first > row.largest || (first == 0 && !may_be_zero)) return false;
  return arguments.size() < 2 || *json::to_uint64(arguments[1]) <= std::min<std::uint64_t>(first, 30);
}

}  // namespace detail

WAYBILL_DECL result<sql_type> parse_type(std::string_view text) {
  auto rest = waybill::detail::ascii_trimmed(text);
  sql_type out;
  out.name = waybill::detail::ascii_lower_text(detail::take_word(rest));
  auto const* const row = detail::find_type(out.name);
  if (row == nullptr)
    return detail::no_type(text,
                           "it does not begin with one, like bigint, double, decimal(10,2), varchar(255), "
                           "datetime(6), longtext, longblob or json");
  out.kind = row->kind;
  if (rest.starts_with('(')) {
    auto arguments = detail::take_arguments(rest, row->takes_texts);
    if (!arguments) return detail::no_type(text, "what stands between the parentheses cannot be read");
    out.arguments = std::move(*arguments);
  }
  if (!detail::fit(*row, out.arguments))
    return detail::no_type(text, "'" + out.name + "' takes other arguments, or smaller ones");
  if (!rest.empty()) {
    out.is_unsigned = row->may_be_unsigned && waybill::detail::ascii_lower_text(detail::take_word(rest)) == "unsigned";
    if (!out.is_unsigned || !rest.empty()) return detail::no_type(text, "something stands behind it");
  }
  return out;
}

WAYBILL_DECL std::string to_text(sql_type const& type) {
  auto out = type.name;
  auto const* const row = detail::find_type(type.name);
  for (std::size_t i = 0; i != type.arguments.size(); ++i) {
    out += i == 0 ? '(' : ',';
    if (row == nullptr || !row->takes_texts) {
      out += type.arguments[i];
      continue;
    }
    out += '\'';
    for (char const c : type.arguments[i]) out.append(c == '\'' ? 2 : 1, c);
    out += '\'';
  }
  if (!type.arguments.empty()) out += ')';
  if (type.is_unsigned) out += " unsigned";
  return out;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
