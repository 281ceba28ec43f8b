#pragma once

#include <waybill/protocol/dolt/sql_text.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/utf8.hpp>

#include <array>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

using waybill::detail::ascii_lower_text;
using waybill::detail::is_ascii_digit;

inline void append_quoted_text(std::string& out, std::string_view text) {
  out += '\'';
  for (;;) {
    auto const plain = text.find_first_of(std::string_view{"\0'\\\n\r\x1a", 6});
    out.append(text.substr(0, plain));
    if (plain == std::string_view::npos) break;
    char const c = text[plain];
    out += '\\';
    out += c == '\0' ? '0' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\x1a' ? 'Z' : c;
    text.remove_prefix(plain + 1);
  }
  out += '\'';
}

/// Whether a text is a number as SQL writes one, and no more than that: a sign, digits, a fraction, an exponent.
inline bool is_number(std::string_view text) noexcept {
  std::size_t at = 0;
  auto const digits = [&] {
    auto const start = at;
    while (at < text.size() && is_ascii_digit(text[at])) ++at;
    return at - start;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  if (digits() == 0) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits() == 0)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

inline bool is_truth(std::string_view text) {
  auto const word = ascii_lower_text(text.substr(0, 6));
  return word == "true" || word == "false";
}

}  // namespace detail

WAYBILL_DECL result<void> check_sayable(std::string_view text, std::string_view what) {
  auto const refuse = [&](std::string_view why) {
    return make_error(errc::usage, std::string{what} + " '" + printable(text) + "' " + std::string{why});
  };
  if (find_invalid_utf8(text) != std::string_view::npos) return refuse("is not UTF-8");
  if (text.find_first_of(std::string_view{"\0\x1e", 2}) != std::string_view::npos)
    return refuse("holds a control character that Dolt's command line cannot be told");
  if (text.ends_with('\\') || text.find("\\`") != std::string_view::npos)
    return refuse("holds a backslash at its end or before a backtick, which Dolt's command line cannot be told");
  return {};
}

WAYBILL_DECL std::string quoted_name(std::string_view name) {
  std::string out = "`";
  for (char const c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out += '`';
}

WAYBILL_DECL std::string quoted_text(std::string_view text) {
  std::string out;
  detail::append_quoted_text(out, text);
  return out;
}

WAYBILL_DECL literal_kind literal_kind_of(std::string_view type) {
  if (detail::ascii_lower_text(type).starts_with("tinyint(1)")) return literal_kind::truth;
  auto const word = detail::ascii_lower_text(type.substr(0, type.find_first_of("( ")));
  for (std::string_view const number : {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "double"})
    if (word == number) return literal_kind::number;
  for (std::string_view const bytes : {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
    if (word == bytes) return literal_kind::bytes;
  return literal_kind::text;
}

WAYBILL_DECL void append_literal(std::string& out, std::optional<std::string_view> value, literal_kind kind) {
  if (!value) {
    out += "NULL";
  } else if (kind == literal_kind::bytes) {
    out.append("X'").append(to_hex(as_bytes(*value))).append("'");
  } else if (kind == literal_kind::truth && detail::is_truth(*value)) {
    out += *value;
  } else if ((kind == literal_kind::number || kind == literal_kind::truth) && detail::is_number(*value)) {
    out += *value;
  } else {
    detail::append_quoted_text(out, *value);
  }
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI
