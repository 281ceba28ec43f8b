#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace json {

/** Appends the canonical form, the one that is hashed: members sorted by code point at every level, no white space,
    ASCII only (`\u00e9`, astral characters as surrogate pairs, lone surrogates kept), numbers as Python prints them.

    @format CPython 3.11 `json.dumps(sort_keys=True, separators=(",", ":"))`; vectors `canonical_json.json`
    @complexity O(n log m) in members; recursion as deep as the value
*/
WAYBILL_DECL void append_canonical(std::string& out, value const& v);
/// A string in that form, quotes included. @param wtf8 UTF-8; a lone surrogate becomes its escape
WAYBILL_DECL void append_canonical_string(std::string& out, std::string_view wtf8);

/** Appends the manifest form, the one that is written: members in their order, `", "` and `": "`, non-ASCII raw,
    numbers as Python prints them.

    @errors errc::not_representable for NaN, infinities and lone surrogates; `out` is then unspecified
    @format CPython 3.11 `json.dumps(ensure_ascii=False, allow_nan=False)`
*/
[[nodiscard]] WAYBILL_DECL result<void> append_manifest_form(std::string& out, value const& v);
/// A string in that form, quotes included. @pre `utf8` is UTF-8
WAYBILL_DECL void append_manifest_string(std::string& out, std::string_view utf8);

/// Appends without white space and with non-ASCII raw, numbers as their source wrote them; for the kit's own documents.
WAYBILL_DECL void append_compact(std::string& out, value const& v);

/// As `append_canonical`, alone.
[[nodiscard]] inline std::string canonical(value const& v) {
  std::string out;
  append_canonical(out, v);
  return out;
}
/// As `append_compact`, alone.
[[nodiscard]] inline std::string compact(value const& v) {
  std::string out;
  append_compact(out, v);
  return out;
}

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/write.ipp>
#endif
