#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/entry.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** @file The `hash` object of a Quilt manifest line: `{"type": …, "value": …}`.
    @format quilt3 8.0.0; facts of `docs/formats.md#quilt-manifest`
*/
namespace quilt {

/// The names quilt3 uses for digest kinds: `sha2-256-chunked`, `SHA256` (hex), `CRC64NVME`. Empty when it knows none.
[[nodiscard]] WAYBILL_DECL std::string_view hash_type_name(algorithm a) noexcept;
[[nodiscard]] WAYBILL_DECL std::optional<algorithm> hash_type(std::string_view quilt_name) noexcept;

/// The digest a Quilt manifest line holds for an entry: `sha2-256-chunked`, else SHA256, else CRC64NVME; or null.
[[nodiscard]] WAYBILL_DECL digest const* written_digest(entry const& e) noexcept;

/// True when a line of `e` has a hash: a digest quilt3 knows, or a foreign one.
[[nodiscard]] WAYBILL_DECL bool has_hash(entry const& e) noexcept;

/** Reads a line's `hash` object into `e.digests` and `e.foreign_hash`.

    A known type with the plain spelling (`type` before `value`, nothing else, lower-case hex) becomes a digest alone. A
    known type spelled otherwise becomes a digest, which can be verified, *and* a foreign hash, which keeps the top hash
    exact. An unknown type becomes a foreign hash. Null becomes nothing.
    @errors errc::wrong_type, missing_member, malformed_digest; path is a JSON pointer below the object
*/
[[nodiscard]] WAYBILL_DECL result<void> read_hash(entry& e, json::value const& hash);

/** Appends the `hash` object as it is hashed, or as it is written to a manifest.

    The foreign hash is used when there is no digest quilt3 knows or when it spells that very digest; so new digests of
    an entry replace a foreign hash that says something else.
    @pre `has_hash(e)`  @errors errc::not_representable in the manifest form
*/
WAYBILL_DECL void append_canonical_hash(std::string& out, entry const& e);
[[nodiscard]] WAYBILL_DECL result<void> append_written_hash(std::string& out, entry const& e);

}  // namespace quilt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/quilt_hash.ipp>
#endif
