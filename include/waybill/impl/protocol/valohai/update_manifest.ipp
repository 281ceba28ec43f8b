#pragma once

#include <waybill/protocol/valohai/update_manifest.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline json::value optional_text(std::optional<std::string> const& text) {
  return text_or_null(text ? &*text : nullptr);
}

inline constexpr std::array<std::string_view, 9> manifest_members{
    "dataset_id",       "exclude",         "execution_id",   "keep",           "new",
    "new_version_name", "new_version_uri", "old_version_id", "old_version_uri"};

/// The published phase 2 takes these nine by name and dies of any other.
inline result<void> check_members(json::value const& document) {
  auto const* members = document.as_object();
  if (members == nullptr) return make_error(errc::malformed_manifest, "a manifest is one JSON object");
  for (auto const& [name, v] : *members)
    if (std::ranges::find(manifest_members, name) == manifest_members.end())
      return make_error(errc::malformed_manifest, "has a member that no manifest of phase 1 has; is it another file?",
                        "/" + json::pointer_token(name));
  for (auto const& name : manifest_members)
    if (document.find(name) == nullptr)
      return make_error(errc::missing_member, "the manifest lacks this member", "/" + std::string{name});
  return {};
}

inline result<void> check_names(update_manifest const& m) {
  std::set<std::string_view> seen;
  auto const twice = [](std::string_view name) {
    return make_error(errc::malformed_manifest, "the name stands twice among the files of the new version",
                      std::string{name});
  };
  for (auto const& name : m.new_files)
    if (name.empty() || !seen.insert(name).second) return twice(name);
  for (auto const& [name, id] : m.keep) {
    if (name.empty() || !seen.insert(name).second) return twice(name);
    if (id.empty()) return make_error(errc::malformed_manifest, "a file that is kept has no datum id", name);
  }
  return {};
}

}  // namespace detail

WAYBILL_DECL std::string write_manifest(update_manifest const& m) {
  json::object keep;
  for (auto const& [name, id] : m.keep) keep.emplace_back(name, id);
  return python_json(json::object{{"dataset_id", m.dataset_id},
                                  {"exclude", text_array(m.exclude)},
                                  {"execution_id", detail::optional_text(m.execution_id)},
                                  {"keep", std::move(keep)},
                                  {"new", text_array(m.new_files)},
                                  {"new_version_name", m.new_version_name},
                                  {"new_version_uri", m.new_version_uri},
                                  {"old_version_id", detail::optional_text(m.old_version_id)},
                                  {"old_version_uri", detail::optional_text(m.old_version_uri)}});
}

WAYBILL_DECL result<update_manifest> read_manifest(std::string_view text) {
  auto const document = json::parse(text, {.refuse_duplicates = true});
  if (!document) return document.error();
  if (auto const r = detail::check_members(*document); !r) return r.error();
  json::record_reader record{*document};
  update_manifest out;
  out.dataset_id = record.required_string("dataset_id");
  out.exclude = record.optional_strings("exclude");
  out.execution_id = record.optional_string("execution_id");
  auto const& keep = record.required_object("keep");
  (void)record.required_array("new");
  out.new_files = record.optional_strings("new");
  out.new_version_name = record.required_string("new_version_name");
  out.new_version_uri = record.required_string("new_version_uri");
  out.old_version_id = record.optional_string("old_version_id");
  out.old_version_uri = record.optional_string("old_version_uri");
  if (out.dataset_id.empty()) record.fail(errc::malformed_manifest, "the dataset's id is empty", "dataset_id");
  if (out.new_version_name.empty())
    record.fail(errc::malformed_manifest, "the new version has no name", "new_version_name");
  if (auto const r = record.finish(); !r) return r.error();
  for (auto const& [name, v] : *keep.as_object()) {
    auto const* id = v.as_string();
    if (id == nullptr)
      return make_error(errc::wrong_type, "a datum id is a text", "/keep/" + json::pointer_token(name));
    out.keep.emplace_back(name, *id);
  }
  if (auto const r = detail::check_names(out); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
