#pragma once

#include <waybill/http/date.hpp>

#include <cstdint>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Reads a date from the front; every step answers whether it could.
struct http_date_cursor {
  std::string_view rest;
  std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

  bool text(std::string_view expected) noexcept {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(expected.size());
    return true;
  }
  /// Exactly that many digits; in asctime's form a space may stand for the first.
  bool number(std::size_t digits, std::int64_t& value, bool padded = false) noexcept {
    value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest.empty()) return false;
      char const c = rest.front();
      if (c >= '0' && c <= '9') value = value * 10 + (c - '0');
      else if (!(padded && i == 0 && c == ' ')) return false;
      rest.remove_prefix(1);
    }
    return true;
  }
  bool month_name() noexcept {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    auto const at = rest.size() < 3 ? std::string_view::npos : names.find(rest.substr(0, 3));
    if (at == std::string_view::npos || at % 3 != 0) return false;
    month = static_cast<std::int64_t>(at / 3) + 1;
    rest.remove_prefix(3);
    return true;
  }
  bool time_of_day() noexcept {
    return number(2, hour) && text(":") && number(2, minute) && text(":") && number(2, second);
  }
  /// `06 Nov 1994 08:49:37 GMT` and, with dashes and two digits of the year, the form of RFC 850.
  bool fixed(std::string_view between, std::size_t year_digits) noexcept {
    if (!number(2, day) || !text(between) || !month_name() || !text(between) || !number(year_digits, year))
      return false;
    if (year_digits == 2) year += year < 70 ? 2000 : 1900;
    return text(" ") && time_of_day() && text(" GMT") && rest.empty();
  }
  /// `Nov  6 08:49:37 1994`
  bool asctime() noexcept {
    return month_name() && text(" ") && number(2, day, true) && text(" ") && time_of_day() && text(" ") &&
           number(4, year) && rest.empty();
  }
};

}  // namespace detail

WAYBILL_DECL std::optional<timestamp> parse_http_date(std::string_view text) noexcept {
  using namespace std::chrono;
  auto const name_end = text.find_first_of(", ");
  if (name_end == std::string_view::npos) return std::nullopt;
  detail::http_date_cursor in{text.substr(name_end)};
  bool read = false;
  if (in.text(", ")) read = in.rest.substr(0, 3).ends_with('-') ? in.fixed("-", 2) : in.fixed(" ", 4);
  else read = in.text(" ") && in.asctime();
  year_month_day const date{year{static_cast<int>(in.year)}, month{static_cast<unsigned>(in.month)},
                            day{static_cast<unsigned>(in.day)}};
  bool const in_range = in.year >= 1700 && in.year < 2262;  // what a timestamp can hold
  if (!read || !date.ok() || !in_range || in.hour > 23 || in.minute > 59 || in.second > 60) return std::nullopt;
  return timestamp{sys_days{date} + hours{in.hour} + minutes{in.minute} + seconds{in.second}};
}

}  // namespace waybill::inline WAYBILL_ABI
