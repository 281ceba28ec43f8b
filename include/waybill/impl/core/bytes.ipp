#pragma once

#include <waybill/core/bytes.hpp>

#include <array>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_values(std::string_view digits, bool fold_case) {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = no_digit;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    auto const c = static_cast<unsigned char>(digits[i]);
    values[c] = static_cast<std::uint8_t>(i);
    if (fold_case && c >= 'a') values[c - std::size_t{'a' - 'A'}] = static_cast<std::uint8_t>(i);
  }
  return values;
}

inline constexpr auto hex_values = digit_values(hex_digits, true);
inline constexpr auto base64_values = digit_values(base64_digits, false);

inline std::uint32_t value_in(std::array<std::uint8_t, 256> const& values, char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

WAYBILL_DECL bool decode_hex(std::string_view text, std::byte* out) noexcept {
  if (text.size() % 2 != 0) return false;
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    auto const high = value_in(hex_values, text[i]);
    auto const low = value_in(hex_values, text[i + 1]);
    seen |= high | low;
    *out++ = static_cast<std::byte>((high << 4 | low) & 0xff);
  }
  return seen < 16;
}

inline std::size_t base64_padding(std::string_view text) noexcept {
  return text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
}

/// The 24 bits of four digits; what is no digit shows in `seen` as a value of 64 or more.
inline std::uint32_t base64_group(char const* digits, std::uint32_t& seen) noexcept {
  auto const a = value_in(base64_values, digits[0]);
  auto const b = value_in(base64_values, digits[1]);
  auto const c = value_in(base64_values, digits[2]);
  auto const d = value_in(base64_values, digits[3]);
  seen |= a | b | c | d;
  return a << 18 | b << 12 | c << 6 | d;
}

WAYBILL_DECL std::size_t base64_decoded_size(std::string_view text) noexcept {
  std::size_t const padding = base64_padding(text);
  std::size_t const whole = text.size() / 4 * 3;
  return whole < padding ? 0 : whole - padding;
}

WAYBILL_DECL bool decode_base64(std::string_view text, std::byte* out) noexcept {
  if (text.size() % 4 != 0) return false;
  if (text.empty()) return true;
  auto const byte = [](std::uint32_t group, std::size_t i) {
    return static_cast<std::byte>(group >> (16 - 8 * i) & 0xff);
  };
  std::uint32_t seen = 0;
  for (; text.size() > 4; text.remove_prefix(4)) {
    auto const group = base64_group(text.data(), seen);
    for (std::size_t i = 0; i < 3; ++i) *out++ = byte(group, i);
  }
  // Padding counts as digits of value 0; the bits it leaves unused must be zero, or two texts would mean one value.
  std::size_t const padding = base64_padding(text);
  char last[] = {text[0], text[1], text[2], text[3]};
  for (std::size_t i = 4 - padding; i < 4; ++i) last[i] = 'A';
  auto const group = base64_group(last, seen);
  for (std::size_t i = 0; i < 3 - padding; ++i) *out++ = byte(group, i);
  return seen < 64 && (group & ((1U << 8 * padding) - 1)) == 0;
}

}  // namespace detail

WAYBILL_DECL std::string to_hex(byte_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  char* at = out.data();
  for (std::byte const b : bytes) {
    *at++ = detail::hex_digits[std::to_integer<std::size_t>(b >> 4)];
    *at++ = detail::hex_digits[std::to_integer<std::size_t>(b & std::byte{15})];
  }
  return out;
}

WAYBILL_DECL result<std::vector<std::byte>> from_hex(std::string_view text) {
  std::vector<std::byte> out(text.size() / 2);
  if (!detail::decode_hex(text, out.data()))
    return make_error(errc::malformed_digest, "not hex: expected an even number of digits 0-9, a-f");
  return out;
}

WAYBILL_DECL std::string to_base64(byte_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  auto const at = [&](std::size_t k) { return std::to_integer<std::uint32_t>(bytes[k]); };
  auto const put = [&](std::uint32_t group, int digits) {
    for (int shift = 18; digits > 0; --digits, shift -= 6) *to++ = detail::base64_digits[group >> shift & 63];
  };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) put(at(i) << 16 | at(i + 1) << 8 | at(i + 2), 4);
  if (bytes.size() - i == 2) put(at(i) << 16 | at(i + 1) << 8, 3);
  else if (bytes.size() - i == 1) put(at(i) << 16, 2);
  return out;
}

WAYBILL_DECL result<std::vector<std::byte>> from_base64(std::string_view text) {
  std::vector<std::byte> out(detail::base64_decoded_size(text));
  if (!detail::decode_base64(text, out.data()))
    return make_error(errc::malformed_digest,
                      "not base64: expected groups of four of A-Z, a-z, 0-9, + and /, padded with =, unused bits zero");
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
