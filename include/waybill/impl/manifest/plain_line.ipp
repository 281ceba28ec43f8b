#pragma once

#include <waybill/manifest/plain_line.hpp>

#include <waybill/core/utf8.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Takes a literal off the front of `rest`.
template <std::size_t N>
inline bool skip_literal(std::string_view& rest, char const (&literal)[N]) noexcept {
  if (rest.size() < N - 1 || std::memcmp(rest.data(), literal, N - 1) != 0) return false;
  rest.remove_prefix(N - 1);
  return true;
}

/// Length of the front of `text` that has neither quote, backslash, control nor non-ASCII byte; eight bytes a step.
inline std::size_t plain_prefix(std::string_view text) noexcept {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
  constexpr std::uint64_t highs = ones * 0x80;
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; i + 8 <= text.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + i, 8);
      // Each term has the high bit of a byte set where it holds what is looked for; the lowest set bit is exact.
      auto const quote = word ^ (ones * '"');
      auto const backslash = word ^ (ones * '\\');
      auto const found =
          (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | (word - ones * 0x20) | word) & highs;
      if (found != 0) return i + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
  }
  for (; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
  }
  return i;
}

/// Length of an escape as Python's json writes it, or 0: no `\/`, no `\u` where there is a short form or a raw one.
inline std::size_t written_escape(std::string_view text) noexcept {
  if (text.size() < 2) return 0;
  if (std::string_view{R"("\bfnrt)"}.find(text[1]) != std::string_view::npos) return 2;
  if (text.size() < 6 || !text.starts_with("\\u00") || (text[4] != '0' && text[4] != '1')) return 0;
  bool const digit = text[5] >= '0' && text[5] <= '9';
  if (!digit && !(text[5] >= 'a' && text[5] <= 'f')) return 0;
  if (text[4] == '0' && std::string_view{"89acd"}.find(text[5]) != std::string_view::npos) return 0;
  return 6;
}

/// Takes the inside of a string and its closing quote.
inline bool take_string(std::string_view& rest, std::string_view& inside, bool& escaped) noexcept {
  std::size_t i = 0;
  bool ascii = true;
  escaped = false;
  for (;;) {
    i += plain_prefix(rest.substr(i));
    if (i >= rest.size()) return false;
    auto const c = static_cast<unsigned char>(rest[i]);
    if (c == '"') break;
    if (c == '\\') {
      auto const length = written_escape(rest.substr(i));
      if (length == 0) return false;
      escaped = true;
      i += length;
    } else if (c >= 0x80) {
      ascii = false;
      while (i < rest.size() && static_cast<unsigned char>(rest[i]) >= 0x80) ++i;
    } else {
      return false;
    }
  }
  inside = rest.substr(0, i);
  rest.remove_prefix(i + 1);
  return ascii || find_invalid_utf8(inside) == std::string_view::npos;
}

inline bool take_size(std::string_view& rest, std::uint64_t& size) noexcept {
  std::size_t i = 0;
  std::uint64_t value = 0;
  for (; i < rest.size() && i < 19 && rest[i] >= '0' && rest[i] <= '9'; ++i)
    value = value * 10 + static_cast<std::uint64_t>(rest[i] - '0');
  if (i == 0 || (i > 1 && rest[0] == '0')) return false;
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return false;
  size = value;
  rest.remove_prefix(i);
  return true;
}

inline bool is_valid_key(std::string_view key) noexcept {
  while (true) {
    auto const* const slash = static_cast<char const*>(std::memchr(key.data(), '/', key.size()));
    auto const length = slash == nullptr ? key.size() : static_cast<std::size_t>(slash - key.data());
    if (length == 0 || (key[0] == '.' && (length == 1 || (length == 2 && key[1] == '.')))) return false;
    if (slash == nullptr) return true;
    key.remove_prefix(length + 1);
    if (key.empty()) return false;
  }
}

/// True for URLs that `physical_key::parse` takes beyond doubt.
inline bool is_surely_url(std::string_view url) noexcept {
  auto const has = [&url](char c) { return std::memchr(url.data(), c, url.size()) != nullptr; };
  if (url.empty() || has('\x7f')) return false;
  if (url.starts_with("file:///")) return !has('?') && url.find("%00") == std::string_view::npos;
  if (!url.starts_with("s3://") || url.size() < 6 || url[5] == '/' || url[5] == '?' || url[5] == '#') return false;
  auto const mark = url.find('?');
  return mark == std::string_view::npos ||
         (url.substr(mark + 1).starts_with("versionId=") && url.find('&', mark) == std::string_view::npos);
}

/// Value of each byte as a digit of an alphabet, 255 for bytes that are none. Digests look random to branch prediction,
/// so that a look-up costs a tenth of comparisons.
consteval std::array<unsigned char, 256> plain_digit_values(std::string_view alphabet) {
  std::array<unsigned char, 256> out{};
  out.fill(255);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
  return out;
}

inline constexpr auto plain_hex_values = plain_digit_values("0123456789abcdef");
inline constexpr auto plain_base64_values =
    plain_digit_values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

/// True when all bytes are digits of the alphabet.
inline bool are_digits(std::string_view text, std::array<unsigned char, 256> const& values) noexcept {
  unsigned char seen = 0;
  for (char const c : text) seen = static_cast<unsigned char>(seen | values[static_cast<unsigned char>(c)]);
  return (seen & 0x80) == 0;
}

inline bool is_base64_of(std::string_view text, std::size_t characters) noexcept {
  if (text.size() != characters + 1 || text.back() != '=') return false;
  text.remove_suffix(1);
  // 32 and 8 bytes both leave two unused bits
  return are_digits(text, plain_base64_values) &&
         (plain_base64_values[static_cast<unsigned char>(text.back())] & 3) == 0;
}

inline bool is_lower_hex_of(std::string_view text, std::size_t digits) noexcept {
  return text.size() == digits && are_digits(text, plain_hex_values);
}

inline bool is_valid_hash(std::string_view type, std::string_view value) noexcept {
  if (type == "sha2-256-chunked") return is_base64_of(value, 43);
  if (type == "SHA256") return is_lower_hex_of(value, 64);
  if (type == "CRC64NVME") return is_base64_of(value, 11);
  return true;
}

}  // namespace detail

namespace quilt {

WAYBILL_DECL std::optional<plain_line> scan_line_with_meta(std::string_view text) noexcept {
  plain_line out{};
  auto rest = text;
  bool type_escaped = false;
  bool value_escaped = false;
  bool const fits =
      detail::skip_literal(rest, R"({"logical_key": ")") && detail::take_string(rest, out.key, out.key_escaped) &&
      detail::skip_literal(rest, R"(, "physical_keys": [")") &&
      detail::take_string(rest, out.place, out.place_escaped) && detail::skip_literal(rest, R"(], "size": )") &&
      detail::take_size(rest, out.size) && detail::skip_literal(rest, R"(, "hash": {"type": ")") &&
      detail::take_string(rest, out.hash_type, type_escaped) && !type_escaped &&
      detail::skip_literal(rest, R"(, "value": ")") && detail::take_string(rest, out.hash_value, value_escaped) &&
      !value_escaped && detail::skip_literal(rest, R"(}, "meta": )");
  if (!fits || rest.size() < 3 || rest.front() != '{' || !rest.ends_with("}}")) return std::nullopt;
  out.meta = rest.substr(0, rest.size() - 1);
  return out;
}

WAYBILL_DECL std::optional<plain_line> scan_plain_line(std::string_view text) noexcept {
  if (!text.ends_with(R"("meta": {}})")) return std::nullopt;
  auto out = scan_line_with_meta(text);
  if (out && out->meta != "{}") return std::nullopt;
  return out;
}

WAYBILL_DECL bool is_valid(plain_line const& p) noexcept {
  return !p.key_escaped && !p.place_escaped && detail::is_valid_key(p.key) && detail::is_surely_url(p.place) &&
         detail::is_valid_hash(p.hash_type, p.hash_value);
}

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI
