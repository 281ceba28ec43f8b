#pragma once

#include <waybill/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// One code point and the number of bytes it took; `size` 0 marks bytes that are not UTF-8.
struct code_point {
  char32_t value = 0;
  std::size_t size = 0;
};

/** The code point at the front of `text`, by the strict rules: shortest form, no surrogates, at most U+10FFFF.
    @pre    `text` is not empty
    @format RFC 3629 section 3
*/
[[nodiscard]] WAYBILL_DECL code_point decode_utf8(std::string_view text) noexcept;

namespace detail {
/// The same; a byte that is not UTF-8 stands for itself as the surrogate U+DC00 + byte, as with Python's
/// `surrogateescape`.
[[nodiscard]] WAYBILL_DECL code_point decode_utf8_or_byte(std::string_view text) noexcept;
}  // namespace detail

/// Position of the first byte that is not UTF-8, or `npos`. @complexity one pass, fast on ASCII
[[nodiscard]] WAYBILL_DECL std::size_t find_invalid_utf8(std::string_view text) noexcept;

/// Appends one code point. Surrogates are written in the three-byte form that UTF-8 forbids (WTF-8).
WAYBILL_DECL void append_utf8(std::string& out, char32_t value);

/** The text with U+FFFD in place of what is not UTF-8, one for each maximal part of a broken sequence.
    @format Unicode 15 section 3.9, "U+FFFD Substitution of Maximal Subparts"; equal to Python's `errors="replace"`
*/
[[nodiscard]] WAYBILL_DECL std::string replace_invalid_utf8(std::string_view text);

/** A text that is safe to show on a terminal: control characters, bytes that are not UTF-8 and bidirectional
    overrides become `\xNN` or `\u{NNNN}`; everything else stays. */
[[nodiscard]] WAYBILL_DECL std::string printable(std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/utf8.ipp>
#endif
