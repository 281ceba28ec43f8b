#pragma once

#include <waybill/config.hpp>
#include <waybill/core/ascii.hpp>

#include <array>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

namespace detail {

/// A table, because every character of every physical key is asked for.
inline constexpr auto unreserved = [] {
  std::array<bool, 256> out{};
  for (char const c : std::string_view{"_.-~"}) out[static_cast<unsigned char>(c)] = true;
  for (unsigned c = 0; c < 128; ++c)
    if (is_ascii_alphanumeric(static_cast<char>(c))) out[c] = true;
  return out;
}();

}  // namespace detail

/// True for a byte that means the same in a URL encoded or not. @format RFC 3986 section 2.3
[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
  return detail::unreserved[static_cast<unsigned char>(c)];
}

/// What a percent-encoded text is a part of.
enum class percent_part {
  path,       ///< `/` stays: a file's path or an object's key
  component,  ///< `/` is encoded: a name or a value
  form        ///< as a component, and a space becomes `+`
};

/** Appends a text with every byte that is not unreserved as `%XX`, upper-case; what AWS calls UriEncode.
    @format RFC 3986 section 2.1; Python's `quote` for path, `quote_plus` for form */
WAYBILL_DECL void append_percent_encoded(std::string& out, std::string_view text, percent_part part);

/// `append_percent_encoded` to nothing.
[[nodiscard]] WAYBILL_DECL std::string percent_encoded(std::string_view text, percent_part part);

/** The bytes that a percent-encoded text stands for; a `%` without two hex digits stays.
    @param plus_is_space  for what was encoded as a form
    @format Python's `unquote_to_bytes` */
[[nodiscard]] WAYBILL_DECL std::string percent_decoded(std::string_view text, bool plus_is_space = false);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/percent.ipp>
#endif
