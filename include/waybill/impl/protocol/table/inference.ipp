#pragma once

#include <waybill/protocol/table/inference.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/protocol/table/calendar_text.hpp>
#include <waybill/protocol/table/number_text.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline void see_number(column_facts& f, std::string_view text) {
  auto const n = split_number(text);
  // With a zero in front it is a name: a postal code, the number of a part.
  if (!n || (n->whole.size() > 1 && n->whole[0] == '0')) {
    f.whole = f.number = false;
    return;
  }
  f.negative = f.negative || n->negative;
  f.exponent = f.exponent || n->has_exponent;
  f.digits = std::max(f.digits, n->whole.size());
  f.fraction = std::max(f.fraction, n->fraction.size());
  f.as_double = f.as_double && fits_double(text, *n);
  f.whole = f.whole && n->fraction.empty() && !n->has_exponent && text != "-0";
  constexpr std::string_view most = "9223372036854775807", lowest = "9223372036854775808",
                             most_unsigned = "18446744073709551615";
  auto const beyond = [&](std::string_view limit) {
    return n->whole.size() > limit.size() || (n->whole.size() == limit.size() && n->whole > limit);
  };
  f.beyond_signed = f.beyond_signed || beyond(n->negative ? lowest : most);
  f.beyond_unsigned = f.beyond_unsigned || beyond(most_unsigned);
}

inline void see_text(column_facts& f, std::string_view text) {
  f.bytes = std::max(f.bytes, text.size());
  f.utf8 = f.utf8 && find_invalid_utf8(text) == std::string_view::npos;
  if (f.utf8 && text.size() > f.characters)
    f.characters = std::max(f.characters, static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
                              return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                            })));
}

inline void see_value(column_facts& f, std::string_view text) {
  f.any = true;
  if (f.number) see_number(f, text);
  if (f.date) f.date = is_date(text);
  if (f.datetime) {
    auto const digits = datetime_fraction(text, ' ');
    f.datetime = digits.has_value();
    f.second_digits = std::max(f.second_digits, digits.value_or(0));
  }
  see_text(f, text);
}

inline std::string sized(char const* name, std::size_t n) { return std::string{name} + "(" + std::to_string(n) + ")"; }

/// Empty where no type of numbers gives each back.
inline std::optional<std::string> number_type(column_facts const& f) {
  if (f.whole && !f.beyond_signed) return "bigint";
  if (f.whole && !f.beyond_unsigned && !f.negative) return "bigint unsigned";
  if (!f.whole && f.number && f.as_double) return "double";
  if (!f.number || f.exponent || f.fraction > 30 || f.digits + f.fraction > 65) return std::nullopt;
  return f.fraction == 0 ? "decimal(65,0)"
                         : "decimal(" + std::to_string(f.digits + f.fraction) + "," + std::to_string(f.fraction) + ")";
}

inline std::string type_for(column_facts const& f, bool key) {
  if (f.any) {
    if (auto number = number_type(f)) return *number;
    if (f.date) return "date";
    if (f.datetime) return f.second_digits == 0 ? "datetime" : sized("datetime", f.second_digits);
  }
  if (!f.utf8) return key ? sized("varbinary", f.bytes <= 255 ? 255 : 3072) : "longblob";
  return key ? sized("varchar", f.characters <= 255 ? 255 : 768) : "longtext";
}

}  // namespace detail

WAYBILL_DECL void schema_inference::see(std::span<cell_view const> values) {
  for (std::size_t i = 0; i != facts_.size(); ++i)
    if (values[i]) detail::see_value(facts_[i], *values[i]);
    else facts_[i].null = true;
}

WAYBILL_DECL result<schema> schema_inference::finish(std::vector<std::string> primary_key) const {
  schema out;
  for (std::size_t i = 0; i != columns_.size(); ++i) {
    auto const& f = facts_[i];
    bool const key = std::find(primary_key.begin(), primary_key.end(), columns_[i]) != primary_key.end();
    out.columns.push_back({columns_[i], detail::type_for(f, key), !key});
    if (!key) continue;
    auto const name = "column '" + printable(columns_[i]) + "' of the primary key ";
    if (f.null) return make_error(errc::malformed_table, name + "has no value in one of the rows");
    if (f.utf8 ? f.characters > 768 : f.bytes > 3072)
      return make_error(errc::malformed_table, name +
                                                   "has a value that is too long for a key: 768 characters are the "
                                                   "most, or 3072 bytes");
  }
  out.primary_key = std::move(primary_key);
  return checked(std::move(out));
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
