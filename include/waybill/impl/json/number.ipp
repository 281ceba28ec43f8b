#pragma once

#include <waybill/json/number.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace waybill::inline WAYBILL_ABI {
namespace json {
namespace detail {

/// Python reads a literal with a fraction or an exponent as a double, any other as an integer.
inline bool is_python_float(std::string_view text) noexcept {
  return text.find_first_of(".eENI") != std::string_view::npos;
}

/// Decimal magnitude of a JSON number, give or take one: 1 for `5`, 3 for `500.1`, -2 for `0.05`; saturates.
inline long long decimal_magnitude(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  auto const e = std::min(text.find_first_of("eE"), text.size());
  auto const mantissa = text.substr(0, e);
  auto const point = static_cast<long long>(std::min(mantissa.find('.'), mantissa.size()));
  auto const first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return std::numeric_limits<int>::min();
  long long const magnitude = point - static_cast<long long>(first);
  if (e == text.size()) return magnitude;
  auto digits = text.substr(e + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  long long exponent = 0;
  auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  constexpr long long limit = std::numeric_limits<long long>::max() / 2;
  if (read.ec == std::errc::result_out_of_range) exponent = digits.starts_with('-') ? -limit : limit;
  return std::clamp(exponent, -limit, limit) + magnitude;
}

/// Lays out shortest digits `d1d2d3…` with the point after `exponent` + 1 of them, as `float.__repr__` does.
inline void append_repr_layout(std::string& out, std::string_view digits, int exponent) {
  auto const count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits.substr(1));
    out += 'e';
    out += exponent < 0 ? '-' : '+';
    int const size = std::abs(exponent);
    if (size < 10) out += '0';
    out += std::to_string(size);
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else if (count <= exponent + 1) {
    out.append(digits).append(static_cast<std::size_t>(exponent + 1 - count), '0').append(".0");
  } else {
    auto const whole = static_cast<std::size_t>(exponent + 1);
    out.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
  }
}

inline void append_python_repr(std::string& out, double d) {
  if (std::isnan(d)) {
    out += "NaN";
    return;
  }
  if (std::signbit(d)) out += '-';
  if (std::isinf(d)) {
    out += "Infinity";
    return;
  }
  std::array<char, 32> text;
  auto const limit = text.data() + text.size();
  auto const end = std::to_chars(text.data(), limit, std::abs(d), std::chars_format::scientific).ptr;
  auto const e = std::find(text.data(), end, 'e');
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  std::array<char, 32> digits;
  auto const last = std::remove_copy(text.data(), e, digits.data(), '.');
  append_repr_layout(out, {digits.data(), static_cast<std::size_t>(last - digits.data())}, exponent);
}

template <class Integer>
std::optional<Integer> exact_integer(std::string_view text) noexcept {
  if (text == "-0") return Integer{0};
  Integer i{};
  auto const end = text.data() + text.size();
  auto const read = std::from_chars(text.data(), end, i);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return i;
}

}  // namespace detail

WAYBILL_DECL std::string python_repr(double d) {
  std::string out;
  detail::append_python_repr(out, d);
  return out;
}

WAYBILL_DECL void append_python_number(std::string& out, std::string_view text) {
  if (detail::is_python_float(text)) detail::append_python_repr(out, to_double(text));
  else out += text == "-0" ? std::string_view{"0"} : text;
}

WAYBILL_DECL bool is_finite_number(std::string_view text) noexcept {
  return !detail::is_python_float(text) || std::isfinite(to_double(text));
}

WAYBILL_DECL value from_double(double d) { return value{number{python_repr(d)}}; }

WAYBILL_DECL std::optional<std::int64_t> to_int64(std::string_view text) noexcept {
  return detail::exact_integer<std::int64_t>(text);
}

WAYBILL_DECL std::optional<std::uint64_t> to_uint64(std::string_view text) noexcept {
  return detail::exact_integer<std::uint64_t>(text);
}

WAYBILL_DECL double to_double(std::string_view text) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return infinity;
  if (text == "-Infinity") return -infinity;
  double d = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), d);
  if (read.ec != std::errc::result_out_of_range) return d;
  // Out of range says neither which end nor what to use instead.
  double const size = detail::decimal_magnitude(text) > 0 ? infinity : 0.0;
  return text.starts_with('-') ? -size : size;
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI
