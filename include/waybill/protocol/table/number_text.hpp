#pragma once

#include <waybill/config.hpp>

#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// The parts of a number as it is written. @lifetime of the views: the text's
struct number_text {
  bool negative = false;
  std::string_view whole{}, fraction{};  ///< digits before and behind the point
  int exponent = 0;
  bool has_exponent = false;
};

/// Reads a number: `-?digits[.digits][(e|E)[+-]digits]`. Empty for all else: a plus sign, a point at an end, blanks,
/// `inf`, an exponent of more than 5 digits.
[[nodiscard]] WAYBILL_DECL std::optional<number_text> split_number(std::string_view text) noexcept;

/// True when a double that is read from the number is written again as the same number.
[[nodiscard]] WAYBILL_DECL bool fits_double(std::string_view text, number_text const& n) noexcept;

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/number_text.ipp>
#endif
