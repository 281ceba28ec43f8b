#pragma once

#include <waybill/protocol/valohai/dataset.hpp>

#include <waybill/json/record.hpp>

#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<version_reference> read_version_reference(json::value const& v, std::string pointer) {
  version_reference out;
  if (auto const* id = v.as_string()) {
    out.id = *id;
    return out;
  }
  json::record_reader record{v, std::move(pointer)};
  out.id = record.required_string("id");
  out.name = record.optional_string("name").value_or("");
  if (auto const r = record.finish(); !r) return r.error();
  return out;
}

WAYBILL_DECL result<dataset> read_dataset(json::value const& body) {
  json::record_reader record{body};
  dataset out{.id = record.required_string("id"), .name = record.required_string("name")};
  auto const* latest = record.optional_any("latest_version");
  if (auto const r = record.finish(); !r) return r.error();
  if (latest == nullptr) return out;
  auto reference = read_version_reference(*latest, "/latest_version");
  if (!reference) return reference.error();
  out.latest = std::move(*reference);
  return out;
}

WAYBILL_DECL result<dataset_version> read_version(json::value const& body) {
  json::record_reader record{body};
  dataset_version out{.id = record.required_string("id"), .name = record.required_string("name")};
  auto const& files = record.required_array("files");
  if (auto const r = record.finish(); !r) return r.error();
  out.files.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto pointer = "/files/" + std::to_string(i);
    auto const* inner = files[i].find("datum");
    if (inner == nullptr) return make_error(errc::missing_member, "a file of a version has no datum", pointer);
    auto file = read_datum(*inner, pointer + "/datum");
    if (!file) return file.error();
    out.files.push_back(std::move(*file));
  }
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
