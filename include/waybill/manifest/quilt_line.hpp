#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace waybill::inline WAYBILL_ABI {

/** @file Lines of a Quilt JSONL manifest, one at a time.
    @format quilt3 8.0.0, manifest `v0`; facts of `docs/formats.md#quilt-manifest`, vectors `tests/vectors/quilt`
*/
namespace quilt {

/// The names quilt3 uses for digest kinds: `sha2-256-chunked`, `SHA256` (hex), `CRC64NVME`. Empty when it knows none.
[[nodiscard]] WAYBILL_DECL std::string_view hash_type_name(algorithm a) noexcept;
[[nodiscard]] WAYBILL_DECL std::optional<algorithm> hash_type(std::string_view quilt_name) noexcept;

/// The digest a Quilt manifest line holds for an entry: `sha2-256-chunked`, else SHA256, else CRC64NVME; or null.
[[nodiscard]] WAYBILL_DECL digest const* written_digest(entry const& e) noexcept;

/// Appends `{"logical_key": …}` and `\n`. A missing hash or size is written as null (a draft).
/// @errors errc::not_representable, too_large (a line over 1,000,000 bytes, quilt3's limit)
[[nodiscard]] WAYBILL_DECL result<void> append_entry_line(std::string& out, entry const& e);
[[nodiscard]] WAYBILL_DECL result<void> append_header_line(std::string& out, manifest_header const& h);
[[nodiscard]] WAYBILL_DECL result<void> append_directory_line(std::string& out, directory_meta const& d);

/** A line of the exact form the writers above produce, taken apart without a JSON parser or an allocation.

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

/// The parts of a canonical entry line, or empty when the line is written otherwise (then `parse_line` decides).
/// Checks everything but the inside of `meta`, which is accepted only as `{}`. @complexity one pass, no allocation
[[nodiscard]] WAYBILL_DECL std::optional<plain_line> scan_plain_line(std::string_view line) noexcept;

using line = std::variant<entry, directory_meta>;

/** Reads an entry or directory line, however it is spaced.

    Unknown members are ignored, as quilt3 ignores them; a line without physical keys is a directory. Entries may lack
    hash and size (`null`): a manifest refuses them later, a draft does not.
    @param number  the line's number in its file, for errors
    @errors errc::malformed_json, malformed_manifest, duplicate_member (a member of the line's own), missing_member,
            wrong_type, malformed_key, malformed_url, malformed_digest, size_out_of_range;
            path is `line N, /json/pointer`
*/
[[nodiscard]] WAYBILL_DECL result<line> parse_line(std::string_view text, std::size_t number);

/// Reads the first line; `top_hash` is dropped, everything else is kept in order. @errors as parse_line
[[nodiscard]] WAYBILL_DECL result<manifest_header> parse_header(std::string_view text);

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/quilt_line.ipp>
#endif
