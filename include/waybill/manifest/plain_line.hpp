#pragma once

#include <waybill/config.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace quilt {

/** An entry line of the exact form the kit and quilt3 write, taken apart without a JSON parser or an allocation.

    `key` and `place` are the raw JSON string contents (their escapes are not resolved; `escaped` says whether there are
    any). `meta` is the whole object's text.
    @lifetime refers to the line
*/
struct plain_line {
  std::string_view key;
  std::string_view place;
  std::uint64_t size;
  std::string_view hash_type;
  std::string_view hash_value;
  std::string_view meta;
  bool key_escaped;
  bool place_escaped;
};

/** The parts of a canonical entry line, or empty when the line is written otherwise (then `parse_line` decides).

    Separators, order of members, escapes, UTF-8 and the size are checked, `meta` is accepted only as `{}`. Whether key,
    place and hash value mean anything is `is_valid`'s question. @complexity one pass, no allocation
*/
[[nodiscard]] WAYBILL_DECL std::optional<plain_line> scan_plain_line(std::string_view line) noexcept;

/// As `scan_plain_line`, but `meta` may be any text that starts with `{` and ends with `}`; the caller must parse it.
[[nodiscard]] WAYBILL_DECL std::optional<plain_line> scan_line_with_meta(std::string_view line) noexcept;

/** True when the line needs no parser to be a good entry: no escapes, a valid key, a URL that is surely one, and a hash
    that is plainly spelled or of an unknown type. False says nothing; `parse_line` decides. */
[[nodiscard]] WAYBILL_DECL bool is_valid(plain_line const& line) noexcept;

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/plain_line.ipp>
#endif
