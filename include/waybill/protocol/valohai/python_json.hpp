#pragma once

#include <waybill/config.hpp>
#include <waybill/json/value.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** Appends a document as the published programs write theirs: members in their order, `", "` and `": "`, ASCII only.
    @format CPython 3.11 `json.dumps` without arguments; numbers as their source wrote them */
WAYBILL_DECL void append_python_json(std::string& out, json::value const& v);

/// As `append_python_json`, alone.
[[nodiscard]] WAYBILL_DECL std::string python_json(json::value const& v);

/// A text, or null where there is none.
[[nodiscard]] WAYBILL_DECL json::value text_or_null(std::string const* text);

/// Texts as a JSON array.
template <class Texts>
[[nodiscard]] json::value text_array(Texts const& texts) {
  json::array out;
  for (auto const& text : texts) out.emplace_back(std::string_view{text});
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/python_json.ipp>
#endif
