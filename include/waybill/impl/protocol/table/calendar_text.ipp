#pragma once

#include <waybill/protocol/table/calendar_text.hpp>

#include <chrono>

namespace waybill::inline WAYBILL_ABI {
namespace table {
WAYBILL_DECL bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int const year = detail::small_number(text.substr(0, 4));
  int const month = detail::small_number(text.substr(5, 2));
  int const day = detail::small_number(text.substr(8, 2));
  if (year < 1000 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

WAYBILL_DECL std::optional<std::size_t> datetime_fraction(std::string_view text, char separator) noexcept {
  if (text.size() < 19 || text[10] != separator || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (!is_date(text.substr(0, 10)) || !detail::is_within(text.substr(11, 2), 23) ||
      !detail::is_within(text.substr(14, 2), 59) || !detail::is_within(text.substr(17, 2), 59))
    return std::nullopt;
  if (text.size() == 19) return 0;
  auto const fraction = text.substr(20);
  if (text[19] != '.' || fraction.empty() || fraction.size() > 6 || detail::small_number(fraction) < 0)
    return std::nullopt;
  return fraction.size();
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
