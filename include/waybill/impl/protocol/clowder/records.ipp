#pragma once

#include <waybill/protocol/clowder/records.hpp>

#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline constexpr std::string_view mark = "waybill";
inline constexpr std::uint64_t record_form = 1;

inline std::optional<file_record> read_file_record(json::value const& v) {
  json::record_reader record{v};
  auto id = record.required_string("id"), path = record.required_string("path");
  auto const version = record.required_uint64("version"), size = record.required_uint64("size");
  auto const sum = digest::parse(algorithms::sha256, record.required_string("sha256"));
  if (!record.ok() || !sum) return std::nullopt;
  return file_record{.id = std::move(id), .version = version, .path = std::move(path), .size = size, .sha256 = *sum};
}

inline bool is_ours(json::value const& content) {
  json::record_reader record{content};
  return record.optional_uint64(mark) == record_form && record.ok();
}

}  // namespace detail

WAYBILL_DECL void dataset_records::add(file_record record) {
  auto id = record.id;
  files_.insert_or_assign(std::move(id), std::move(record));
}

WAYBILL_DECL result<dataset_records> dataset_records::read(json::value const& metadata) {
  dataset_records out;
  auto const* items = metadata.as_array();
  if (items == nullptr) return make_error(errc::wrong_type, "the metadata are no list");
  for (auto const& item : *items) {
    auto const* content = item.find("content");
    if (content == nullptr || !detail::is_ours(*content)) continue;
    json::record_reader record{*content};
    if (auto const* files = record.optional_array("files"))
      for (auto const& one : *files)
        if (auto known = detail::read_file_record(one)) out.add(std::move(*known));
    if (auto const title = record.optional_string("title"); title && !out.about_)
      out.about_ = dataset_record{.title = *title,
                                  .category = record.optional_string("category").value_or(""),
                                  .space = record.optional_string("space").value_or("")};
  }
  return out;
}

WAYBILL_DECL file_record const* dataset_records::find(std::string_view file, std::uint64_t version) const noexcept {
  auto const at = files_.find(file);
  return at != files_.end() && at->second.version == version ? &at->second : nullptr;
}

WAYBILL_DECL json::object content_of(std::vector<file_record> const& files) {
  json::array items;
  for (auto const& file : files)
    items.emplace_back(json::object{{"id", file.id},
                                    {"version", json::value::integer(file.version)},
                                    {"path", file.path},
                                    {"size", json::value::integer(file.size)},
                                    {"sha256", file.sha256.hex()}});
  return {{std::string{detail::mark}, json::value::integer(detail::record_form)}, {"files", std::move(items)}};
}

WAYBILL_DECL json::object content_of(dataset_record const& about) {
  json::object out{{std::string{detail::mark}, json::value::integer(detail::record_form)}, {"title", about.title}};
  if (!about.category.empty()) out.emplace_back("category", about.category);
  if (!about.space.empty()) out.emplace_back("space", about.space);
  return out;
}

WAYBILL_DECL json::object metadata_context() {
  return {{"waybill", "http://schema.org/schemaVersion"},
          {"files", "http://schema.org/hasPart"},
          {"id", "http://schema.org/identifier"},
          {"version", "http://schema.org/version"},
          {"path", "http://schema.org/name"},
          {"size", "http://schema.org/contentSize"},
          {"sha256", "http://schema.org/sha256"},
          {"title", "http://schema.org/name"},
          {"category", "http://schema.org/genre"},
          {"space", "http://schema.org/isPartOf"}};
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI
