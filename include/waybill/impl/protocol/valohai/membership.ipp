#pragma once

#include <waybill/protocol/valohai/membership.hpp>

#include <waybill/protocol/valohai/python_json.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline json::value version_item(membership const& m) {
  json::object out{{"uri", m.uri}, {"from", text_or_null(m.from ? &*m.from : nullptr)}};
  out.emplace_back("exclude", text_array(m.exclude));
  if (!m.aliases.empty()) out.emplace_back("targeting_aliases", text_array(m.aliases));
  if (m.packaging) out.emplace_back("packaging", true);
  return out;
}

/// Metadata with the membership added: behind those in other datasets, where there are any.
inline json::value with_membership(json::object metadata, membership const& m) {
  constexpr std::string_view name = "valohai.dataset-versions";
  json::array versions;
  for (auto const& [member, v] : metadata)
    if (member == name && v.as_array() != nullptr) versions = *v.as_array();
  versions.push_back(version_item(m));
  json::set_member(metadata, name, std::move(versions));
  return metadata;
}

}  // namespace detail

WAYBILL_DECL std::string sidecar_text(membership const& m, json::object other) {
  return python_json(detail::with_membership(std::move(other), m));
}

WAYBILL_DECL std::string metadata_line(std::string_view file, std::string_view metadata) {
  auto const name = python_json(file);
  std::string out;
  out.reserve(name.size() + metadata.size() + 32);
  return out.append("{\"file\": ").append(name).append(", \"metadata\": ").append(metadata).append("}\n");
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
