#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>

#include <cstdint>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// The first line of every placeholder (scan/placeholder.hpp), its line end included.
inline constexpr std::string_view placeholder_mark = "waybill placeholder 1\n";

/// No placeholder is larger, in bytes: a key that can be placed has at most 4,095, each of which takes six at most.
inline constexpr std::uint64_t largest_placeholder = std::uint64_t{64} << 10;

/// Whether a content begins as placeholders do. It may still be data, or the placeholder of something else.
[[nodiscard]] inline bool looks_like_placeholder(byte_view content) noexcept {
  return as_text(content).starts_with(placeholder_mark);
}

}  // namespace waybill::inline WAYBILL_ABI
