#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// Bytes somebody else owns.
using byte_view = std::span<std::byte const>;

/// The bytes of a text, unchanged. @lifetime refers to `text`.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span{text}); }

/// Bytes seen as text, unchanged and unchecked. @lifetime refers to `bytes`.
[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Lower-case hex, two digits a byte. @format RFC 4648 section 8, in lower case.
[[nodiscard]] WAYBILL_DECL std::string to_hex(byte_view bytes);

/** Bytes of a hex text.
    @param text  an even number of hex digits of either case
    @errors      errc::malformed_digest
*/
[[nodiscard]] WAYBILL_DECL result<std::vector<std::byte>> from_hex(std::string_view text);

/// Padded base64. @format RFC 4648 section 4.
[[nodiscard]] WAYBILL_DECL std::string to_base64(byte_view bytes);

/** Bytes of a padded base64 text, strictly: no white space, no missing padding, unused bits zero.
    @errors errc::malformed_digest
*/
[[nodiscard]] WAYBILL_DECL result<std::vector<std::byte>> from_base64(std::string_view text);

namespace detail {

/// `from_hex` without heap memory: writes `text.size() / 2` bytes to `out`; false when the text is none.
[[nodiscard]] WAYBILL_DECL bool decode_hex(std::string_view text, std::byte* out) noexcept;

/// Bytes a padded base64 text of that form holds, if it is valid at all.
[[nodiscard]] WAYBILL_DECL std::size_t base64_decoded_size(std::string_view text) noexcept;

/// `from_base64` without heap memory: writes `base64_decoded_size(text)` bytes; false when the text is none.
[[nodiscard]] WAYBILL_DECL bool decode_base64(std::string_view text, std::byte* out) noexcept;

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/bytes.ipp>
#endif
