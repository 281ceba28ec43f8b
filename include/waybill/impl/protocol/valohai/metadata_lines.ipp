#pragma once

#include <waybill/protocol/valohai/metadata_lines.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline constexpr std::string_view membership_member = "valohai.dataset-versions";

/// `dataset://NAME/` of a version's URI.
inline std::string_view dataset_part(std::string_view uri) { return uri.substr(0, uri.rfind('/') + 1); }

/// Drops the memberships of one dataset from a file's metadata; a member without items goes as a whole.
inline void drop_memberships(json::object& metadata, std::string_view dataset) {
  auto const at = std::ranges::find(metadata, membership_member, &json::member::first);
  if (at == metadata.end() || at->second.as_array() == nullptr) return;
  auto& items = *at->second.as_array();
  std::erase_if(items, [&](json::value const& item) {
    auto const* uri = item.as_object() != nullptr ? item.find("uri") : &item;
    return uri != nullptr && uri->as_string() != nullptr && dataset_part(*uri->as_string()) == dataset;
  });
  if (items.empty()) metadata.erase(at);
}

inline error at_line(error e, std::size_t line) {
  e.path = "line " + std::to_string(line) + (e.path.empty() ? "" : ", " + e.path);
  return e;
}

/// Metadata by file, in the order of first appearance.
using metadata_of_files = std::vector<std::pair<std::string, json::object>>;

inline result<metadata_of_files> read_lines(std::string_view text) {
  metadata_of_files out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    auto const document = json::parse(one);
    if (!document) return at_line(document.error(), line);
    json::record_reader record{*document};
    auto file = record.required_string("file");
    auto const& metadata = record.required_object("metadata");
    if (auto const r = record.finish(); !r) return at_line(r.error(), line);
    out.emplace_back(std::move(file), *metadata.as_object());
  }
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::string> merge_metadata_lines(std::string_view before, std::vector<std::string> const& files,
                                                      membership const& m) {
  auto there = detail::read_lines(before);
  if (!there) return there.error();
  auto const dataset = detail::dataset_part(m.uri);
  std::string out;
  std::map<std::string_view, json::object> mine;
  for (auto& [file, metadata] : *there) {
    detail::drop_memberships(metadata, dataset);
    if (std::ranges::binary_search(files, file)) mine[file].insert(mine[file].end(), metadata.begin(), metadata.end());
    else if (!metadata.empty()) out += python_json(json::object{{"file", file}, {"metadata", metadata}}) + "\n";
  }
  for (auto const& file : files) {
    auto const other = mine.find(file);
    if (other == mine.end()) out += metadata_line(file, m);
    else out += metadata_line(file, m, std::move(other->second));
  }
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
