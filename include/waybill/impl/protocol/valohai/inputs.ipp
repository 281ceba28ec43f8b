#pragma once

#include <waybill/protocol/valohai/inputs.hpp>

#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline result<datum> read_input_file(json::value const& v, std::string pointer) {
  json::record_reader record{v, std::move(pointer)};
  datum out{.id = record.optional_string("datum_id").value_or(""), .name = record.required_string("name")};
  out.size = record.optional_uint64("size");
  auto const uri = record.optional_string("uri").value_or("");
  if (out.name.empty()) record.fail(errc::missing_member, "a file of an input has no name", "name");
  if (auto const r = record.finish(); !r) return r.error();
  if (out.size == 0u) out.size.reset();
  constexpr std::string_view scheme = "datum://";
  if (out.id.empty() && uri.starts_with(scheme)) out.id = uri.substr(scheme.size());
  if (auto const* checksums = v.find("checksums")) read_checksums(*checksums, out.digests);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::optional<std::vector<datum>>> read_input(json::value const& document, std::string_view input) {
  if (document.as_object() == nullptr) return make_error(errc::wrong_type, "inputs are one JSON object of input names");
  auto const* found = document.find(input);
  if (found == nullptr) return std::optional<std::vector<datum>>{};
  auto const pointer = "/" + json::pointer_token(input);
  json::record_reader record{*found, pointer};
  auto const& files = record.required_array("files");
  if (auto const r = record.finish(); !r) return r.error();
  std::vector<datum> out;
  out.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto file = detail::read_input_file(files[i], pointer + "/files/" + std::to_string(i));
    if (!file) return file.error();
    out.push_back(std::move(*file));
  }
  return std::optional{std::move(out)};
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
