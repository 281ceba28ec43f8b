#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/plain_line.hpp>
#include <waybill/manifest/quilt_hash.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace waybill::inline WAYBILL_ABI {

/** @file Lines of a Quilt JSONL manifest, one at a time.
    @format quilt3 8.0.0, manifest `v0`; facts of `docs/formats.md#quilt-manifest`, vectors `tests/vectors/quilt`
*/
namespace quilt {

/** Appends `{"logical_key": …}` and `\n`. A missing hash or size is written as null (a draft).

    Of several physical keys the first is written, as quilt3 keeps no other; an entry without one is refused, because
    quilt3 would read its line as a directory. `out` is unchanged on errors.
    @errors errc::missing_member (no physical key), not_representable (NaN, infinities, lone surrogates, a key or URL
            that is not UTF-8), too_large (a line over 1,000,000 bytes, quilt3's limit)
*/
[[nodiscard]] WAYBILL_DECL result<void> append_entry_line(std::string& out, entry const& e);
/// Appends the header and `\n`; `out` is unchanged on errors.
/// @errors errc::not_representable, too_large; path is `line 1`
[[nodiscard]] WAYBILL_DECL result<void> append_header_line(std::string& out, manifest_header const& h);
/// Appends `{"logical_key": "dir/", "meta": …}` and `\n`; `out` is unchanged on errors.
/// @errors errc::not_representable, too_large; path is the key with `/`
[[nodiscard]] WAYBILL_DECL result<void> append_directory_line(std::string& out, directory_meta const& d);

using line = std::variant<entry, directory_meta>;

/** Reads an entry or directory line, however it is spaced.

    Unknown members are ignored, as quilt3 ignores them; a line without physical keys is a directory, unless it has a
    size or a hash and no `/` at its key's end: that is a file whose place was lost, and it is refused. Entries may lack
    hash and size (`null`): a manifest refuses them later, a draft does not. All physical keys are kept.
    @param number  the line's number in its file, for errors
    @errors errc::malformed_json, too_deep, too_large, malformed_manifest (no object), duplicate_member (of the line or
            of its hash), missing_member, wrong_type, malformed_key, malformed_url, malformed_digest, size_out_of_range;
            path is `line N, /json/pointer`, or `line N, column C` for what is no JSON
*/
[[nodiscard]] WAYBILL_DECL result<line> parse_line(std::string_view text, std::size_t number);

/// The entry of a line that was scanned. @pre `is_valid(scanned)`  @errors errc::malformed_url, malformed_digest
[[nodiscard]] WAYBILL_DECL result<entry> to_entry(plain_line const& scanned);

/// Reads the first line; `top_hash` is dropped, everything else is kept in order.
/// @errors errc::malformed_json, too_deep, too_large, duplicate_member, malformed_manifest (no object, or a byte order
///         mark)
[[nodiscard]] WAYBILL_DECL result<manifest_header> parse_header(std::string_view text);

}  // namespace quilt

namespace detail {
/// Puts `line N, ` before an error's JSON pointer, or before the column of a syntax error.
[[nodiscard]] WAYBILL_DECL error at_line(error e, std::size_t number);
}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/quilt_line.ipp>
#endif
