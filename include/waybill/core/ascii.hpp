#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>

/// @file ASCII, whatever the locale; every other byte is no letter, no digit, and stays as it is.

namespace waybill::inline WAYBILL_ABI::detail {

[[nodiscard]] constexpr bool is_ascii_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_ascii_alphanumeric(char c) noexcept { return is_ascii_letter(c) || is_ascii_digit(c); }

/// Value of a hex digit of either case, or -1.
[[nodiscard]] constexpr int ascii_hex_value(char c) noexcept {
  if (is_ascii_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] inline std::string ascii_lower_text(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = ascii_lower(c);
  return out;
}

/// Without the white space at both ends.
[[nodiscard]] constexpr std::string_view ascii_trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n\v\f";
  auto const first = text.find_first_not_of(blank);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace waybill::inline WAYBILL_ABI::detail
