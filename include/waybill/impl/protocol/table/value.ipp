#pragma once

#include <waybill/protocol/table/value.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/protocol/table/calendar_text.hpp>
#include <waybill/protocol/table/number_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline error no_value(sql_type const& type, std::string_view text) {
  return make_error(errc::wrong_type, "'" + printable(text.substr(0, 60)) + (text.size() > 60 ? "…" : "") +
                                          "' is no value of type " + to_text(type));
}

inline std::string_view without_zeros(std::string_view digits) noexcept {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

/// Largest magnitude of a whole number. @param negative  of the numbers below 0
inline std::uint64_t largest_whole(sql_type const& type, bool negative) noexcept {
  if (type.name == "bit") {
    auto const bits = type.arguments.empty() ? 1 : *json::to_uint64(type.arguments[0]);
    return negative ? 0 : ~std::uint64_t{0} >> (64 - bits);
  }
  if (type.name == "year") return negative ? 0 : 2155;
  int const bytes = type.name == "smallint"        ? 2
                    : type.name == "mediumint"     ? 3
                    : type.name == "bigint"        ? 8
                    : type.name.starts_with("int") ? 4
                                                   : 1;
  auto const all = ~std::uint64_t{0} >> (64 - 8 * bytes);
  if (type.is_unsigned) return negative ? 0 : all;
  return all / 2 + (negative ? 1 : 0);
}

inline std::optional<std::string_view> whole_form(sql_type const& type, std::string_view text, std::string& scratch) {
  if (type.name.starts_with("bool") || type.arguments == std::vector<std::string>{"1"}) {
    auto const word = waybill::detail::ascii_lower_text(text.substr(0, 6));
    if (word == "true") return "1";
    if (word == "false") return "0";
  }
  auto const n = split_number(text);
  if (!n || n->has_exponent || !n->fraction.empty()) return std::nullopt;
  auto const digits = without_zeros(n->whole);
  auto const value = json::to_uint64(digits);
  bool const negative = n->negative && digits != "0";
  if (!value || *value > largest_whole(type, negative)) return std::nullopt;
  if (digits.size() + (negative ? 1 : 0) == text.size()) return text;
  scratch.assign(negative ? "-" : "").append(digits);
  return scratch;
}

inline std::optional<std::string_view> exact_form(sql_type const& type, std::string_view text, std::string& scratch) {
  auto const n = split_number(text);
  if (!n || n->has_exponent) return std::nullopt;
  auto const precision = type.arguments.empty() ? 10 : *json::to_uint64(type.arguments[0]);
  auto const scale = type.arguments.size() < 2 ? 0 : *json::to_uint64(type.arguments[1]);
  auto const whole = without_zeros(n->whole);
  auto const fraction = n->fraction.substr(0, n->fraction.find_last_not_of('0') + 1);
  if (fraction.size() > scale || (whole != "0" && whole.size() > precision - scale)) return std::nullopt;
  scratch.assign(n->negative && (whole != "0" || !fraction.empty()) ? "-" : "").append(whole);
  if (scale != 0) scratch.append(".").append(fraction).append(scale - fraction.size(), '0');
  return scratch;
}

/// @format Go's strconv.FormatFloat(value, 'g', -1, bits)
template <class Float>
void append_shortest(std::string& out, Float value) {
  std::array<char, 48> buffer{};
  auto const* const end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  std::string_view const form{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  auto const e = form.find('e');
  int power = 0;
  std::from_chars(buffer.data() + e + (form[e + 1] == '+' ? 2 : 1), end, power);
  if (power >= -4 && power < 21)
    out.append(buffer.data(),
               std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr);
  else out.append(form);
}

template <class Float>
std::optional<std::string_view> floating_form(std::string_view text, std::string& scratch) {
  Float value = 0;
  auto const n = split_number(text);
  if (!n || std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return std::nullopt;
  scratch.clear();
  append_shortest(scratch, value == 0 ? Float{0} : value);
  return scratch;
}

inline std::optional<std::string_view> datetime_form(sql_type const& type, std::string_view text,
                                                     std::string& scratch) {
  scratch.assign(text);
  if (is_date(text)) scratch.append(" 00:00:00");
  else if (text.size() > 10 && text[10] == 'T') scratch[10] = ' ';
  auto const digits = datetime_fraction(scratch, ' ');
  if (!digits) return std::nullopt;
  if (*digits != 0) scratch.resize(scratch.find_last_not_of('0') + 1);
  if (scratch.back() == '.') scratch.pop_back();
  auto const most = type.arguments.empty() ? 0 : *json::to_uint64(type.arguments[0]);
  if (scratch.size() > 19 && scratch.size() - 20 > most) return std::nullopt;
  return scratch;
}

/// Microseconds of `[-]h+:mm:ss[.f{1,6}]`, up to 838 hours.
inline std::optional<std::int64_t> time_of(std::string_view text) noexcept {
  bool const negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  auto const colon = text.find(':');
  if (colon == 0 || colon > 3 || text.size() < colon + 6 || text[colon + 3] != ':') return std::nullopt;
  int const hours = small_number(text.substr(0, colon));
  auto const minutes = text.substr(colon + 1, 2), seconds = text.substr(colon + 4, 2), rest = text.substr(colon + 6);
  if (hours < 0 || hours > 838 || !is_within(minutes, 59) || !is_within(seconds, 59)) return std::nullopt;
  std::int64_t out = ((hours * std::int64_t{60} + small_number(minutes)) * 60 + small_number(seconds)) * 1'000'000;
  if (!rest.empty()) {
    if (rest[0] != '.' || rest.size() < 2 || rest.size() > 7 || small_number(rest.substr(1)) < 0) return std::nullopt;
    auto micros = static_cast<std::int64_t>(small_number(rest.substr(1)));
    for (auto n = rest.size(); n < 7; ++n) micros *= 10;
    out += micros;
  }
  return negative ? -out : out;
}

inline std::size_t characters_in(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Of bytes, and of characters where these are given by number.
inline bool fits_length(sql_type const& type, std::string_view text) {
  bool const by_number = !type.name.ends_with("text") && !type.name.ends_with("blob");
  if (by_number) {
    auto const most = type.arguments.empty() ? 1 : *json::to_uint64(type.arguments[0]);
    return text.size() <= most || (type.kind == value_kind::text && characters_in(text) <= most);
  }
  auto const most = type.name.starts_with("tiny")     ? std::size_t{255}
                    : type.name.starts_with("medium") ? (std::size_t{1} << 24) - 1
                    : type.name.starts_with("long")   ? std::numeric_limits<std::uint32_t>::max()
                                                      : (std::size_t{1} << 16) - 1;
  return text.size() <= most;
}

inline bool is_listed(sql_type const& type, std::string_view text) {
  auto const& known = type.arguments;
  if (type.name == "enum") return std::find(known.begin(), known.end(), text) != known.end();
  while (!text.empty()) {
    auto const comma = text.find(',');
    if (std::find(known.begin(), known.end(), text.substr(0, comma)) == known.end()) return false;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return true;
}

inline bool is_text_of(sql_type const& type, std::string_view text) {
  if (find_invalid_utf8(text) != std::string_view::npos) return false;
  return type.name == "enum" || type.name == "set" ? is_listed(type, text) : fits_length(type, text);
}

inline std::optional<std::string_view> form_of(sql_type const& type, std::string_view text, std::string& scratch) {
  auto const if_good = [&](bool good) { return good ? std::optional{text} : std::nullopt; };
  switch (type.kind) {
    case value_kind::whole: return whole_form(type, text, scratch);
    case value_kind::exact: return exact_form(type, text, scratch);
    case value_kind::floating:
      return type.name == "float" ? floating_form<float>(text, scratch) : floating_form<double>(text, scratch);
    case value_kind::text: return if_good(is_text_of(type, text));
    case value_kind::bytes: return if_good(fits_length(type, text));
    case value_kind::date: return if_good(is_date(text));
    case value_kind::datetime: return datetime_form(type, text, scratch);
    case value_kind::time: return if_good(time_of(text).has_value());
    case value_kind::json: return if_good(json::parse(text).has_value());
    case value_kind::geometry: break;
  }
  return text;
}

inline int sign_of(bool below, bool above) noexcept { return below ? -1 : above ? 1 : 0; }

/// Numbers without exponents, of any length.
inline int compare_plain(number_text const& a, number_text const& b) noexcept {
  auto const whole_a = without_zeros(a.whole), whole_b = without_zeros(b.whole);
  auto const part = [](std::string_view f) { return f.substr(0, f.find_last_not_of('0') + 1); };
  auto const fraction_a = part(a.fraction), fraction_b = part(b.fraction);
  bool const zero_a = whole_a == "0" && fraction_a.empty(), zero_b = whole_b == "0" && fraction_b.empty();
  bool const below_a = a.negative && !zero_a, below_b = b.negative && !zero_b;
  if (below_a != below_b) return below_a ? -1 : 1;
  int order = sign_of(whole_a.size() < whole_b.size(), whole_a.size() > whole_b.size());
  if (order == 0) order = whole_a.compare(whole_b);
  if (order == 0) order = fraction_a.compare(fraction_b);
  return below_a ? -order : order;
}

inline int compare_numbers(value_kind kind, std::string_view a, std::string_view b) noexcept {
  auto const number_a = split_number(a), number_b = split_number(b);
  if (!number_a || !number_b) {
    if (!number_a && !number_b) return a.compare(b);
    return number_a ? 1 : -1;
  }
  if (kind != value_kind::floating && !number_a->has_exponent && !number_b->has_exponent)
    return compare_plain(*number_a, *number_b);
  double const value_a = json::to_double(a), value_b = json::to_double(b);
  return sign_of(value_a<value_b, value_a> value_b);
}

}  // namespace detail

WAYBILL_DECL result<std::string_view> canonical_value(sql_type const& type, std::string_view text,
                                                      std::string& scratch) {
  auto const form = detail::form_of(type, text, scratch);
  if (!form) return detail::no_value(type, text);
  return *form;
}

WAYBILL_DECL int compare_values(value_kind kind, std::string_view a, std::string_view b) noexcept {
  if (a == b) return 0;
  if (kind == value_kind::whole || kind == value_kind::exact || kind == value_kind::floating)
    return detail::compare_numbers(kind, a, b);
  if (kind == value_kind::time) {
    auto const time_a = detail::time_of(a), time_b = detail::time_of(b);
    if (time_a && time_b) return detail::sign_of(*time_a<*time_b, *time_a> * time_b);
    if (time_a || time_b) return time_a ? 1 : -1;
  }
  return a.compare(b);
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
