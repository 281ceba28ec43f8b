#pragma once

#include <waybill/protocol/valohai/extended_manifest.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline constexpr std::string_view extended_schema = "waybill/valohai-manifest/1";

inline extended_file extended_file_of(planned_file const& file) {
  extended_file out{.name = file.name,
                    .action = std::string{name_of(file.verdict.action)},
                    .reason = std::string{name_of(file.verdict.reason)},
                    .size = file.size};
  if (auto const* d = file.digests.find(algorithms::sha256)) out.sha256 = *d;
  return out;
}

inline result<extended_file> read_extended_file(json::value const& v, std::string pointer) {
  json::record_reader record{v, std::move(pointer)};
  extended_file out{.name = record.required_string("name"),
                    .action = record.required_string("action"),
                    .reason = record.required_string("reason"),
                    .size = record.required_uint64("size")};
  auto const text = record.optional_string("sha256");
  if (auto const r = record.finish(); !r) return r.error();
  if (!text) return out;
  auto const parsed = digest::parse(algorithms::sha256, *text);
  if (!parsed) return make_error(errc::malformed_digest, parsed.error().detail, record.pointer_to("sha256"));
  out.sha256 = *parsed;
  return out;
}

}  // namespace detail

WAYBILL_DECL extended_file const* extended_manifest::find(std::string_view name) const noexcept {
  auto const at = std::ranges::find(files, name, &extended_file::name);
  return at == files.end() ? nullptr : &*at;
}

WAYBILL_DECL extended_manifest extend(update_plan const& plan, update_manifest const& m) {
  extended_manifest out{.new_version_name = m.new_version_name, .old_version_id = m.old_version_id};
  out.files.reserve(plan.files.size() + plan.removed.size());
  for (auto const* list : {&plan.files, &plan.removed})
    for (auto const& file : *list) out.files.push_back(detail::extended_file_of(file));
  return out;
}

WAYBILL_DECL std::string write_extended(extended_manifest const& m) {
  json::array files;
  for (auto const& file : m.files) {
    json::object one{{"name", file.name}, {"action", file.action}, {"reason", file.reason}};
    one.emplace_back("size", json::value::integer(file.size));
    if (file.sha256) one.emplace_back("sha256", file.sha256->hex());
    files.emplace_back(std::move(one));
  }
  return json::compact(json::object{{"schema", detail::extended_schema},
                                    {"new_version_name", m.new_version_name},
                                    {"old_version_id", text_or_null(m.old_version_id ? &*m.old_version_id : nullptr)},
                                    {"files", std::move(files)}}) +
         "\n";
}

WAYBILL_DECL result<extended_manifest> read_extended(std::string_view text) {
  auto const document = json::parse(text, {.refuse_duplicates = true});
  if (!document) return document.error();
  json::record_reader record{*document};
  auto const schema = record.required_string("schema");
  extended_manifest out{.new_version_name = record.required_string("new_version_name"),
                        .old_version_id = record.optional_string("old_version_id")};
  auto const& files = record.required_array("files");
  if (record.ok() && schema != detail::extended_schema)
    record.fail(errc::malformed_manifest, "is of another kind or version: " + schema, "schema");
  if (auto const r = record.finish(); !r) return r.error();
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto file = detail::read_extended_file(files[i], "/files/" + std::to_string(i));
    if (!file) return file.error();
    out.files.push_back(std::move(*file));
  }
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
