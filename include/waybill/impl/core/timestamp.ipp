#pragma once

#include <waybill/core/timestamp.hpp>

#include <waybill/core/utf8.hpp>

#include <cstdint>
#include <optional>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline void append_padded(std::string& out, std::int64_t value, int width) {
  std::int64_t unit = 1;
  for (int i = 1; i < width; ++i) unit *= 10;
  for (; unit != 0; unit /= 10) out += static_cast<char>('0' + value / unit % 10);
}

/// Reads a text from the front; every step answers whether it could.
struct text_cursor {
  std::string_view rest;

  bool take(std::string_view any_of) noexcept {
    if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// Exactly that many decimal digits.
  bool number(int digits, std::int64_t& value) noexcept {
    value = 0;
    for (int i = 0; i < digits; ++i) {
      if (rest.empty() || rest.front() < '0' || rest.front() > '9') return false;
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return true;
  }
  /// `.digits`, in nanoseconds; digits beyond the ninth are dropped. True where there is no fraction.
  bool fraction(std::int64_t& nanoseconds) noexcept {
    nanoseconds = 0;
    if (!take(".")) return true;
    std::int64_t unit = 100'000'000;
    std::int64_t digit = 0;
    if (!number(1, digit)) return false;
    do {
      nanoseconds += digit * unit;
      unit /= 10;
    } while (number(1, digit));
    return true;
  }
  /// `Z` or `+hh:mm`, in minutes east of UTC.
  bool offset(std::int64_t& minutes) noexcept {
    minutes = 0;
    if (take("Zz")) return true;
    bool const west = rest.starts_with('-');
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    if (!take("+-") || !number(2, hour) || !take(":") || !number(2, minute) || hour > 23 || minute > 59) return false;
    minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
  }
};

/// `sys_time<nanoseconds>` reaches from 1677-09-21 to 2262-04-11; days outside are no instant of ours.
inline std::optional<timestamp> instant(std::chrono::sys_seconds seconds, std::int64_t nanoseconds) noexcept {
  using namespace std::chrono;
  auto const low = ceil<std::chrono::seconds>(timestamp::min());
  auto const high = floor<std::chrono::seconds>(timestamp::max()) - std::chrono::seconds{1};
  if (seconds < low || seconds > high) return std::nullopt;
  return timestamp{seconds} + std::chrono::nanoseconds{nanoseconds};
}

/// Seconds 60 exist at the end of a UTC month only; they are read as the second after, as POSIX clocks count.
inline bool may_be_leap_second(std::chrono::sys_seconds after) noexcept {
  using namespace std::chrono;
  auto const day = floor<days>(after);
  return after == day && year_month_day{day}.day() == std::chrono::day{1};
}

inline std::optional<timestamp> read_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  text_cursor in{text};
  std::int64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, nanoseconds = 0, offset = 0;
  if (!in.number(4, y) || !in.take("-") || !in.number(2, mo) || !in.take("-") || !in.number(2, d)) return std::nullopt;
  year_month_day const date{year{static_cast<int>(y)}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  if (in.rest.empty()) return instant(sys_days{date}, 0);
  if (!in.take("Tt ") || !in.number(2, h) || !in.take(":") || !in.number(2, mi) || !in.take(":") || !in.number(2, s))
    return std::nullopt;
  if (!in.fraction(nanoseconds) || !in.offset(offset) || !in.rest.empty()) return std::nullopt;
  if (h > 23 || mi > 59 || s > 60) return std::nullopt;
  sys_seconds const at = sys_days{date} + hours{h} + minutes{mi - offset} + seconds{s};
  if (s == 60 && !may_be_leap_second(at)) return std::nullopt;
  return instant(at, nanoseconds);
}

}  // namespace detail

WAYBILL_DECL std::string to_rfc3339(timestamp t) {
  using namespace std::chrono;
  auto const day = floor<days>(t);
  year_month_day const date{day};
  hh_mm_ss const time{t - day};
  std::string out;
  out.reserve(30);
  detail::append_padded(out, static_cast<int>(date.year()), 4);
  detail::append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
  detail::append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
  detail::append_padded(out += 'T', time.hours().count(), 2);
  detail::append_padded(out += ':', time.minutes().count(), 2);
  detail::append_padded(out += ':', time.seconds().count(), 2);
  std::int64_t const fraction = time.subseconds().count();
  if (fraction != 0) {
    out += '.';
    if (fraction % 1'000'000 == 0) detail::append_padded(out, fraction / 1'000'000, 3);
    else if (fraction % 1'000 == 0) detail::append_padded(out, fraction / 1'000, 6);
    else detail::append_padded(out, fraction, 9);
  }
  return out += 'Z';
}

WAYBILL_DECL result<timestamp> parse_rfc3339(std::string_view text) {
  if (auto const t = detail::read_rfc3339(text)) return *t;
  return make_error(errc::wrong_type, "'" + printable(text.substr(0, 64)) +
                                          "' is no RFC 3339 time; write it as 2026-11-20T19:03:43Z or 2026-11-20");
}

}  // namespace waybill::inline WAYBILL_ABI
