#pragma once

#include <waybill/protocol/valohai/metadata_lines.hpp>

#include <waybill/core/in_file.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/manifest/reader.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
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

inline error at_line(error e, std::size_t line) { return in_file(std::move(e), "line " + std::to_string(line)); }

/// Writes lines in blocks, and counts their bytes.
class line_writer {
 public:
  explicit line_writer(byte_sink& out) : out_{&out} {}
  [[nodiscard]] result<void> add(std::string_view line) {
    waiting_ += line;
    return waiting_.size() < block ? result<void>{} : flush();
  }
  [[nodiscard]] result<void> flush() {
    auto r = out_->write(as_bytes(waiting_));
    written_ += waiting_.size();
    waiting_.clear();
    return r;
  }
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  static constexpr std::size_t block = std::size_t{256} << 10;
  byte_sink* out_;
  std::string waiting_;
  std::uint64_t written_ = 0;
};

/// A file and what was said of it. @errors as merge_metadata_lines
inline result<std::pair<std::string, json::object>> read_line(std::string_view line, std::size_t number) {
  auto document = json::parse(line);
  if (!document) return at_line(document.error(), number);
  json::record_reader record{*document};
  auto file = record.required_string("file");
  auto const& metadata = record.required_object("metadata");
  if (auto const r = record.finish(); !r) return at_line(r.error(), number);
  return std::pair{std::move(file), *metadata.as_object()};
}

/// What others say of this version's own files, besides memberships in it.
using metadata_of_files = std::map<std::string, json::object, std::less<>>;

/// Passes on the lines of other files. @return what remains to be said of `files`
inline result<metadata_of_files> pass_others(byte_source& before, std::vector<std::string> const& files,
                                             std::string_view dataset, line_writer& out) {
  metadata_of_files mine;
  line_reader lines{before, read_limits{}.max_line};
  for (std::string_view line;;) {
    auto const more = lines.next(line);
    if (!more) return at_line(more.error(), lines.number() + 1);
    if (!*more) return mine;
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    auto read = read_line(line, lines.number());
    if (!read) return read.error();
    auto& [file, metadata] = *read;
    drop_memberships(metadata, dataset);
    if (metadata.empty()) continue;
    if (std::ranges::binary_search(files, file)) {
      auto& kept = mine[file];
      kept.insert(kept.end(), metadata.begin(), metadata.end());
    } else if (auto const r = out.add(metadata_line(file, python_json(metadata))); !r) {
      return r.error();
    }
  }
}

}  // namespace detail

WAYBILL_DECL result<std::uint64_t> merge_metadata_lines(byte_source& before, std::vector<std::string> const& files,
                                                        membership const& m, byte_sink& out) {
  detail::line_writer lines{out};
  auto mine = detail::pass_others(before, files, detail::dataset_part(m.uri), lines);
  if (!mine) return mine.error();
  auto const common = sidecar_text(m);
  for (auto const& file : files) {
    auto const other = mine->find(file);
    auto const r =
        lines.add(metadata_line(file, other == mine->end() ? common : sidecar_text(m, std::move(other->second))));
    if (!r) return r.error();
  }
  if (auto const r = lines.flush(); !r) return r.error();
  return lines.written();
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
