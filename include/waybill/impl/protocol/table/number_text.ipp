#pragma once

#include <waybill/protocol/table/number_text.hpp>

#include <waybill/core/ascii.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

inline std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t n = 0;
  while (n != rest.size() && waybill::detail::is_ascii_digit(rest[n])) ++n;
  auto const digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

/// Digits that count, and the power of ten of the first.
struct significant {
  std::array<char, 17> digits{};
  std::size_t count = 0;
  long power = 0;
  friend bool operator==(significant const&, significant const&) = default;
};

/// Empty for more digits than any double needs.
inline std::optional<significant> significant_of(number_text const& n) noexcept {
  significant out;
  long power = n.exponent + static_cast<long>(n.whole.size()) - 1;
  std::size_t zeros = 0;  // not yet known to stand before another digit
  for (auto const part : {n.whole, n.fraction})
    for (char const c : part) {
      if (c == '0' && out.count == 0) {
        --power;
      } else if (c == '0') {
        ++zeros;
      } else {
        if (out.count + zeros >= out.digits.size()) return std::nullopt;
        if (out.count == 0) out.power = power;
        for (; zeros != 0; --zeros) out.digits[out.count++] = '0';
        out.digits[out.count++] = c;
      }
    }
  return out;
}

}  // namespace detail

WAYBILL_DECL std::optional<number_text> split_number(std::string_view text) noexcept {
  number_text out;
  out.negative = text.starts_with('-');
  if (out.negative) text.remove_prefix(1);
  out.whole = detail::take_digits(text);
  if (out.whole.empty()) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    out.fraction = detail::take_digits(text);
    if (out.fraction.empty()) return std::nullopt;
  }
  if (text.empty()) return out;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  bool const small = text.starts_with('-');
  if (small || text.starts_with('+')) text.remove_prefix(1);
  auto const digits = detail::take_digits(text);
  if (digits.empty() || digits.size() > 5 || !text.empty()) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), out.exponent);
  if (small) out.exponent = -out.exponent;
  out.has_exponent = true;
  return out;
}

WAYBILL_DECL bool fits_double(std::string_view text, number_text const& n) noexcept {
  auto const wanted = detail::significant_of(n);
  if (!wanted) return false;
  // Of 15 digits a double keeps every one (DBL_DIG), as long as it is no subnormal.
  if (wanted->count <= 15 && wanted->power > -300 && wanted->power < 300) return true;
  double value = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return false;
  std::array<char, 32> shortest{};
  auto const printed =
      std::to_chars(shortest.data(), shortest.data() + shortest.size(), value, std::chars_format::scientific);
  auto const again = split_number({shortest.data(), static_cast<std::size_t>(printed.ptr - shortest.data())});
  return again && detail::significant_of(*again) == wanted;
}

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
