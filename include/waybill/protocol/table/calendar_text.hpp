#pragma once

#include <waybill/config.hpp>
#include <waybill/core/ascii.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// The number a few digits say, or -1.
[[nodiscard]] inline int small_number(std::string_view digits) noexcept {
  int out = 0;
  for (char const c : digits) {
    if (!waybill::detail::is_ascii_digit(c)) return -1;
    out = out * 10 + (c - '0');
  }
  return out;
}

/// Digits that say a number up to that one.
[[nodiscard]] inline bool is_within(std::string_view digits, int most) noexcept {
  int const n = small_number(digits);
  return n >= 0 && n <= most;
}

}  // namespace detail

/// True for `YYYY-MM-DD` of a day that there is, of the years 1000 to 9999.
[[nodiscard]] WAYBILL_DECL bool is_date(std::string_view text) noexcept;

/// Digits of parts of a second of `YYYY-MM-DD hh:mm:ss[.f{1,6}]`, or empty for all else. @param separator  before the
/// time
[[nodiscard]] WAYBILL_DECL std::optional<std::size_t> datetime_fraction(std::string_view text, char separator) noexcept;

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/calendar_text.ipp>
#endif
