#pragma once

#include <waybill/registry/workspace.hpp>

#include <waybill/algebra/select.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/quilt_line.hpp>
#include <waybill/manifest/writer.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/load_manifest.hpp>

#include <filesystem>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view draft_record = ".waybill/draft.json";
inline constexpr std::string_view draft_lines = ".waybill/draft.jsonl";
inline constexpr std::string_view installed_record = ".waybill/installed.json";
inline constexpr std::string_view draft_schema = "waybill/draft/1";
inline constexpr std::string_view installed_schema = "waybill/installed/1";
inline constexpr std::uint64_t largest_record = std::uint64_t{1} << 20;

inline error damaged_record(std::string const& path, std::string const& why, std::string_view remedy) {
  return make_error(errc::corrupt_state, why + "; " + std::string{remedy}, path);
}

/// A file of the workspace, opened beneath it; empty when there is none.
struct workspace_file {
  file_descriptor fd;
  std::string path;
  std::uint64_t size = 0;
};

inline result<std::optional<workspace_file>> open_workspace_file(std::string const& directory, std::string_view name) {
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  auto file = root->open_file(name);
  if (!file && file.error().code == condition::not_found) return std::optional<workspace_file>{};
  if (!file) return file.error();
  return std::optional{workspace_file{std::move(file->fd), directory + "/" + std::string{name}, file->state.size}};
}

inline result<std::string> read_workspace_record(workspace_file const& file, std::string_view remedy) {
  if (file.size > largest_record) return damaged_record(file.path, "larger than any record of ours", remedy);
  std::string text(static_cast<std::size_t>(file.size) + 1, '\0');
  file_source source{file.fd.get(), file.path};
  std::size_t filled = 0;
  while (filled < text.size()) {
    auto const n = source.read(std::as_writable_bytes(std::span{text}).subspan(filled));
    if (!n) return n.error();
    if (*n == 0) break;
    filled += *n;
  }
  text.resize(filled);
  return text;
}

/// The members of a record, after its schema was checked.
inline result<json::value> parse_workspace_record(workspace_file const& file, std::string_view schema,
                                                  std::string_view remedy) {
  auto const text = read_workspace_record(file, remedy);
  if (!text) return text.error();
  json::parse_options options;
  options.max_depth = 16;
  options.refuse_duplicates = true;
  auto parsed = json::parse(*text, options);
  if (!parsed) return damaged_record(file.path, parsed.error().message(), remedy);
  auto const* said = parsed->find("schema");
  if (said == nullptr || said->as_string() == nullptr || *said->as_string() != schema)
    return damaged_record(file.path,
                          "not a `" + std::string{schema} + "` record; another version of waybill may have written it",
                          remedy);
  return parsed;
}

inline result<package_name> recorded_name(json::record_reader& record, workspace_file const& file,
                                          std::string_view remedy) {
  auto const text = record.required_string("name");
  if (auto const ok = record.finish(); !ok) return damaged_record(file.path, ok.error().message(), remedy);
  auto name = package_name::parse(text);
  if (!name) return damaged_record(file.path, name.error().detail, remedy);
  return name;
}

inline result<void> write_workspace_file(std::string const& directory, std::string_view name,
                                         std::string_view content) {
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  auto pending = root->create();
  if (!pending) return pending.error();
  file_sink sink{pending->fd(), directory + "/" + std::string{name}};
  if (auto const ok = sink.write(as_bytes(content)); !ok) return ok;
  return std::move(*pending).commit(name, waybill::durability::each);
}

inline result<void> remove_workspace_file(std::string const& directory, std::string_view name) {
  auto const root = root_directory::open(directory, false);
  if (!root) return root.error();
  auto const removed = root->remove_file(name);
  if (!removed && removed.error().code != condition::not_found) return removed;
  return {};
}

inline result<manifest_builder> read_draft_lines(workspace_file const& file) {
  file_source source{file.fd.get(), file.path};
  line_reader lines{source, read_limits{}.max_line};
  manifest_builder draft;
  std::string_view text;
  for (;;) {
    auto const more = lines.next(text);
    auto const located = [&](error e) {
      e.path = file.path + (e.path.empty() ? ": line " + std::to_string(lines.number()) : ": " + e.path);
      return e;
    };
    if (!more) return located(more.error());
    if (!*more)
      return lines.number() > 0 ? result<manifest_builder>{std::move(draft)}
                                : located(make_error(errc::malformed_manifest, "an empty file"));
    if (lines.number() == 1) {
      auto header = quilt::parse_header(text);
      if (!header) return located(header.error());
      draft.header = std::move(*header);
      continue;
    }
    auto line = quilt::parse_line(text, lines.number());
    if (!line) return located(line.error());
    auto* directory = std::get_if<directory_meta>(&*line);
    if (auto* e = std::get_if<entry>(&*line); e != nullptr && draft.find(e->key) != nullptr)
      return located(make_error(errc::duplicate_key, "'" + printable(e->key.str()) + "' stands twice"));
    auto const set = directory ? draft.set_directory_meta(directory->key, std::move(directory->meta))
                               : draft.set(std::move(std::get<entry>(*line)));
    if (!set) return located(set.error());
  }
}

inline result<std::string> draft_text(manifest_builder const& draft) {
  std::string out;
  if (auto const ok = quilt::append_header_line(out, draft.header); !ok) return ok.error();
  for (auto const& [key, meta] : draft.directories())
    if (auto const ok = quilt::append_directory_line(out, {logical_key::trusted(key), meta}); !ok) return ok.error();
  for (auto const& [key, e] : draft.entries())
    if (auto const ok = quilt::append_entry_line(out, e); !ok) return ok.error();
  return out;
}

inline constexpr std::string_view draft_remedy =
    "remove it with draft.jsonl and start the draft again (waybill init NAME)";
/// File of an installed manifest: it bears the hash's beginning.
inline std::string installed_lines(std::string_view top_hash) {
  return ".waybill/installed-" + std::string{is_top_hash(top_hash) ? top_hash.substr(0, 16) : "unknown"} + ".jsonl";
}

/// `ns/name@hash` with all digits.
inline bool is_exact_version(std::string_view text) {
  auto const ref = parse_package_ref(text);
  return ref && ref->hash && is_top_hash(*ref->hash) && to_string(*ref) == text;
}

inline constexpr std::string_view installed_remedy = "install the package again";

}  // namespace detail

WAYBILL_DECL result<waybill::manifest> installed_package::placed() const {
  if (include.empty()) return manifest;
  return waybill::manifest::create(manifest.header(), select(manifest.entries(), key_filter{include}));
}

WAYBILL_DECL placeholder_set installed_package::known_placeholders() const {
  return placeholders ? placeholder_set{manifest.entries(), *placeholders} : placeholder_set{};
}

WAYBILL_DECL result<workspace> workspace::at(std::string const& directory) {
  std::error_code failure;
  auto const real = std::filesystem::canonical(directory, failure);
  if (failure || !std::filesystem::is_directory(real, failure))
    return make_error(errc::file_not_found, "no such directory", printable(directory));
  return workspace{real.string()};
}

WAYBILL_DECL result<workspace> workspace::find(std::string const& start) {
  auto const here = at(start);
  if (!here) return here.error();
  for (auto path = std::filesystem::path{here->directory()};; path = path.parent_path()) {
    for (auto const name : {detail::draft_record, detail::installed_record}) {
      std::error_code unused;
      if (std::filesystem::is_regular_file(path / name, unused)) return workspace{path.string()};
    }
    if (path == path.parent_path()) break;
  }
  return make_error(errc::no_workspace,
                    "neither here nor above is a draft or an installed package; run `waybill init NAME` first",
                    here->directory());
}

WAYBILL_DECL result<std::optional<package_builder>> workspace::load_draft() const {
  auto const file = detail::open_workspace_file(directory_, detail::draft_record);
  if (!file) return file.error();
  if (!*file) return std::optional<package_builder>{};
  auto const parsed = detail::parse_workspace_record(**file, detail::draft_schema, detail::draft_remedy);
  if (!parsed) return parsed.error();
  json::record_reader record{*parsed};
  auto top_hash = record.optional_string("top_hash");
  auto name = detail::recorded_name(record, **file, detail::draft_remedy);
  if (!name) return name.error();
  auto const lines = detail::open_workspace_file(directory_, detail::draft_lines);
  if (!lines) return lines.error();
  if (!*lines) return detail::damaged_record((*file)->path, "draft.jsonl beside it is missing", detail::draft_remedy);
  auto draft = detail::read_draft_lines(**lines);
  if (!draft) return draft.error();
  // The lines may be newer than the record, when a process was killed between the two.
  if (top_hash) {
    auto const built = draft->build();
    if (!built || built->top_hash().hex() != *top_hash) top_hash.reset();
  }
  return std::optional{package_builder{std::move(*name), std::move(*draft), std::move(top_hash)}};
}

WAYBILL_DECL result<std::string> workspace::draft_maker() const {
  auto const file = detail::open_workspace_file(directory_, detail::draft_record);
  if (!file) return file.error();
  if (!*file) return std::string{};
  auto const parsed = detail::parse_workspace_record(**file, detail::draft_schema, detail::draft_remedy);
  if (!parsed) return parsed.error();
  return json::record_reader{*parsed}.optional_string("maker").value_or(std::string{});
}

WAYBILL_DECL result<void> workspace::save_draft(package_builder const& draft, std::string_view maker) const {
  auto const lines = detail::draft_text(draft.draft());
  if (!lines) return lines.error();
  json::object record{{"schema", std::string{detail::draft_schema}}, {"name", draft.name().str()}};
  record.emplace_back("top_hash", draft.top_hash() ? json::value{*draft.top_hash()} : json::value{});
  if (!maker.empty()) record.emplace_back("maker", maker);
  if (auto const ok = detail::write_workspace_file(directory_, detail::draft_lines, *lines); !ok) return ok;
  return detail::write_workspace_file(directory_, detail::draft_record, json::compact(std::move(record)) + "\n");
}

WAYBILL_DECL result<void> workspace::discard_draft() const {
  if (auto const ok = detail::remove_workspace_file(directory_, detail::draft_record); !ok) return ok;
  return detail::remove_workspace_file(directory_, detail::draft_lines);
}

WAYBILL_DECL result<std::optional<installed_package>> workspace::load_installed() const {
  auto const file = detail::open_workspace_file(directory_, detail::installed_record);
  if (!file) return file.error();
  if (!*file) return std::optional<installed_package>{};
  auto const parsed = detail::parse_workspace_record(**file, detail::installed_schema, detail::installed_remedy);
  if (!parsed) return parsed.error();
  json::record_reader record{*parsed};
  auto location = record.required_string("registry");
  auto tag = record.optional_string("tag");
  auto const top_hash = record.required_string("top_hash");
  auto include = record.optional_strings("include");
  auto placeholders = record.optional_string("placeholders");
  auto name = detail::recorded_name(record, **file, detail::installed_remedy);
  if (!name) return name.error();
  if (placeholders && !detail::is_exact_version(*placeholders))
    return detail::damaged_record((*file)->path, "placeholders of a version that is none", detail::installed_remedy);
  if (tag && !check_tag(*tag))
    return detail::damaged_record((*file)->path, "a tag that is none", detail::installed_remedy);
  auto const lines_name = detail::installed_lines(top_hash);
  auto const lines = detail::open_workspace_file(directory_, lines_name);
  if (!lines) return lines.error();
  if (!*lines)
    return detail::damaged_record((*file)->path, "its manifest " + lines_name + " is missing",
                                  detail::installed_remedy);
  file_source source{(*lines)->fd.get(), (*lines)->path};
  auto loaded = load_manifest(source, job_control{});
  if (!loaded) {
    auto e = loaded.error();
    e.path = (*lines)->path + (e.path.empty() ? "" : ": " + e.path);
    return e;
  }
  if (loaded->top_hash().hex() != top_hash)
    return detail::damaged_record((*lines)->path, "not the manifest that installed.json names",
                                  detail::installed_remedy);
  return std::optional{installed_package{std::move(*name), std::move(location), std::move(tag), std::move(*loaded),
                                         std::move(include), std::move(placeholders)}};
}

WAYBILL_DECL result<std::optional<std::string>> workspace::recorded_placeholders() const {
  auto const file = detail::open_workspace_file(directory_, detail::installed_record);
  if (!file) return file.error();
  if (!*file) return std::optional<std::string>{};
  auto const parsed = detail::parse_workspace_record(**file, detail::installed_schema, detail::installed_remedy);
  if (!parsed) return parsed.error();
  return json::record_reader{*parsed}.optional_string("placeholders");
}

WAYBILL_DECL result<void> workspace::save_installed(installed_package const& p) const {
  string_sink lines;
  if (auto const ok = write_manifest(lines, p.manifest); !ok) return ok;
  json::object record{
      {"schema", std::string{detail::installed_schema}}, {"name", p.name.str()}, {"registry", p.registry}};
  record.emplace_back("tag", p.tag ? json::value{*p.tag} : json::value{});
  record.emplace_back("top_hash", p.manifest.top_hash().hex());
  if (!p.include.empty()) record.emplace_back("include", json::array{p.include.begin(), p.include.end()});
  if (p.placeholders) record.emplace_back("placeholders", *p.placeholders);
  auto const before = load_installed();
  // Another manifest has another file, so the record names a whole one at any moment.
  auto const name = detail::installed_lines(p.manifest.top_hash().hex());
  if (auto const ok = detail::write_workspace_file(directory_, name, lines.str()); !ok) return ok;
  if (auto const ok =
          detail::write_workspace_file(directory_, detail::installed_record, json::compact(std::move(record)) + "\n");
      !ok)
    return ok;
  if (!before || !*before || (*before)->manifest == p.manifest) return {};
  return detail::remove_workspace_file(directory_, detail::installed_lines((*before)->manifest.top_hash().hex()));
}

}  // namespace waybill::inline WAYBILL_ABI
