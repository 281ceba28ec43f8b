#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/entry.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// Whether an action's params also say where bytes lie: for new content yes, in a precondition no.
enum class with_places : bool { no, yes };

/** What a file's bytes are, as params of an action say it: `{"size": 2, "digests": {"sha256": "…"}}`, `"places"` a list
    of physical keys, `"hash"` a manifest's `hash` object of a kind the kit does not know.
    @format docs/history.md#params */
[[nodiscard]] WAYBILL_DECL json::value content_to_json(entry const& e, with_places places);

/** Reads that form into an entry's size, digests, foreign hash and places.
    @param pointer  where the value stands in its document, for errors
    @errors errc::missing_member (neither digest nor hash), wrong_type, size_out_of_range, unknown_algorithm,
            malformed_digest, malformed_url */
[[nodiscard]] WAYBILL_DECL result<void> read_content(entry& into, json::value const& v, std::string const& pointer);

/// Size, then the strongest digest both have; without a common one never equal.
[[nodiscard]] WAYBILL_DECL bool same_content(entry const& a, entry const& b);

/// Equal in canonical form.
[[nodiscard]] WAYBILL_DECL bool same_value(json::value const& a, json::value const& b);

/// Two entries' `meta` objects: as `same_value`, and an empty `user_meta` is as good as none.
[[nodiscard]] WAYBILL_DECL bool same_meta(json::value const& a, json::value const& b);

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/content.ipp>
#endif
