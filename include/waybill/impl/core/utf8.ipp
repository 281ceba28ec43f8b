#pragma once

#include <waybill/core/utf8.hpp>

#include <cstring>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Length of the sequence a lead byte opens, and the range its second byte must fall in; length 0 for no lead byte.
struct utf8_lead {
  std::size_t length;
  unsigned char low;
  unsigned char high;
};

/// RFC 3629 section 4, the table of UTF8-2 to UTF8-4: the second byte's range rules out long forms and surrogates.
inline utf8_lead lead_of(unsigned char byte) noexcept {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/// Bytes at the front of `text` that fit one sequence; complete when equal to the lead's length.
inline std::size_t fitting_bytes(std::string_view text, utf8_lead lead) noexcept {
  if (lead.length == 0) return 0;
  std::size_t n = 1;
  for (; n < lead.length && n < text.size(); ++n) {
    auto const c = static_cast<unsigned char>(text[n]);
    if (n == 1 ? c < lead.low || c > lead.high : (c & 0xc0) != 0x80) break;
  }
  return n;
}

/// Number of ASCII bytes at the front, eight at a time.
inline std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t i = 0;
  for (std::uint64_t word = 0; i + sizeof word <= text.size(); i += sizeof word) {
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & 0x8080'8080'8080'8080U) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

inline void append_hex(std::string& out, char32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
}

/// Controls of both blocks, line and paragraph separators, and everything that turns the direction of a line.
inline bool is_terminal_control(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace detail

WAYBILL_DECL code_point decode_utf8(std::string_view text) noexcept {
  auto const first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  auto const lead = detail::lead_of(first);
  if (lead.length == 0 || detail::fitting_bytes(text, lead) != lead.length) return {};
  char32_t value = first & (0xffU >> (lead.length + 1));
  for (std::size_t i = 1; i < lead.length; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  return {value, lead.length};
}

WAYBILL_DECL code_point detail::decode_utf8_or_byte(std::string_view text) noexcept {
  auto const point = decode_utf8(text);
  return point.size != 0 ? point : code_point{0xdc00U + static_cast<unsigned char>(text.front()), 1};
}

WAYBILL_DECL std::size_t find_invalid_utf8(std::string_view text) noexcept {
  std::size_t at = 0;
  while (true) {
    at += detail::ascii_prefix(text.substr(at));
    if (at == text.size()) return std::string_view::npos;
    auto const point = decode_utf8(text.substr(at));
    if (point.size == 0) return at;
    at += point.size;
  }
}

WAYBILL_DECL void append_utf8(std::string& out, char32_t value) {
  auto const byte = [&](char32_t b) { out += static_cast<char>(static_cast<unsigned char>(b)); };
  if (value < 0x80) return byte(value);
  if (value < 0x800) {
    byte(0xc0 | value >> 6);
  } else {
    if (value < 0x10000) {
      byte(0xe0 | value >> 12);
    } else {
      byte(0xf0 | value >> 18);
      byte(0x80 | (value >> 12 & 0x3f));
    }
    byte(0x80 | (value >> 6 & 0x3f));
  }
  byte(0x80 | (value & 0x3f));
}

WAYBILL_DECL std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos; bad = find_invalid_utf8(text)) {
    out.append(text.substr(0, bad)).append("\xef\xbf\xbd");
    text.remove_prefix(bad);
    auto const fitting = detail::fitting_bytes(text, detail::lead_of(static_cast<unsigned char>(text.front())));
    text.remove_prefix(fitting == 0 ? 1 : fitting);
  }
  return out.append(text);
}

WAYBILL_DECL std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const point = decode_utf8(text);
    std::size_t const size = point.size == 0 ? 1 : point.size;
    if (size == 1 && (point.size == 0 || detail::is_terminal_control(point.value))) {
      out += "\\x";
      detail::append_hex(out, static_cast<unsigned char>(text.front()), 2);
    } else if (detail::is_terminal_control(point.value)) {
      out += "\\u{";
      detail::append_hex(out, point.value, 4);
      out += '}';
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
