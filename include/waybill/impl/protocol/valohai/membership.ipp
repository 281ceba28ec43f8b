#pragma once

#include <waybill/protocol/valohai/membership.hpp>

#include <waybill/json/value.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline json::value membership_document(membership const& m) {
  json::object version{{"uri", m.uri}, {"from", text_or_null(m.from ? &*m.from : nullptr)}};
  version.emplace_back("exclude", text_array(m.exclude));
  if (!m.aliases.empty()) version.emplace_back("targeting_aliases", text_array(m.aliases));
  if (m.packaging) version.emplace_back("packaging", true);
  return json::object{{"valohai.dataset-versions", json::array{std::move(version)}}};
}

}  // namespace detail

WAYBILL_DECL std::string sidecar_text(membership const& m) { return python_json(detail::membership_document(m)); }

WAYBILL_DECL std::string metadata_line(std::string_view file, membership const& m) {
  return python_json(json::object{{"file", file}, {"metadata", detail::membership_document(m)}}) + "\n";
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
