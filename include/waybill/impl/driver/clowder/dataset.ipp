#pragma once

#include <waybill/driver/clowder/dataset.hpp>

#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

namespace detail {

inline std::string below(std::string_view directory, std::string_view name) {
  std::string out{directory};
  return out.append(directory.empty() ? "" : "/").append(name);
}

/// Of two folders of one path the older one counts: everybody chooses the same.
inline void note_folder(dataset_contents& contents, std::string id, std::string path) {
  auto const [at, fresh] = contents.folders.try_emplace(path, id);
  if (!fresh && id < at->second) at->second = id;
  contents.folder_paths.insert_or_assign(std::move(id), std::move(path));
}

inline result<std::vector<folder_row>> folders_in(api const& platform, std::string const& dataset,
                                                  std::string const& parent) {
  return platform.rows([&](std::uint64_t skip) { return platform.ask().folders(dataset, parent, skip); }, read_folder);
}

/// All folders of a dataset, several of one path too: ids, and their paths.
inline result<std::vector<std::pair<std::string, std::string>>> all_folders(api const& platform,
                                                                            std::string const& dataset) {
  std::vector<std::pair<std::string, std::string>> out;
  auto top = folders_in(platform, dataset, {});
  if (!top) return top.error();
  for (auto& row : *top) {
    if (platform.version() == api_version::v1 && row.name.starts_with('/')) row.name.erase(0, 1);
    out.emplace_back(std::move(row.id), std::move(row.name));
  }
  if (platform.version() == api_version::v1) return out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const inner = folders_in(platform, dataset, out[i].first);
    if (!inner) return inner.error();
    for (auto const& row : *inner) out.emplace_back(row.id, below(out[i].second, row.name));
  }
  return out;
}

}  // namespace detail

WAYBILL_DECL std::span<stored_file const> dataset_contents::of(std::string_view path) const {
  auto const range = std::ranges::equal_range(files, path, walk_less{}, &stored_file::path);
  return {range.begin(), range.end()};
}

WAYBILL_DECL result<std::vector<stored_file>> list_files(
    api const& platform, std::string const& dataset,
    std::map<std::string, std::string, std::less<>> const& folder_paths) {
  auto rows = platform.rows([&](std::uint64_t skip) { return platform.ask().files(dataset, skip); },
                            [&](json::value const& v, std::string pointer) {
                              return read_file_row(platform.version(), v, std::move(pointer));
                            });
  if (!rows) return rows.error();
  std::vector<stored_file> out;
  out.reserve(rows->size());
  for (auto& row : *rows) {
    auto const folder = folder_paths.find(row.folder);
    if (!row.folder.empty() && folder == folder_paths.end()) continue;
    auto path = detail::below(row.folder.empty() ? std::string_view{} : folder->second, row.name);
    out.push_back({.path = std::move(path), .row = std::move(row)});
  }
  std::ranges::sort(out, [](stored_file const& a, stored_file const& b) {
    auto const order = walk_compare(a.path, b.path);
    return order != 0 ? order < 0 : a.row.id < b.row.id;
  });
  return out;
}

WAYBILL_DECL result<dataset_records> read_records(api const& platform, std::string const& dataset) {
  auto const request = platform.ask().metadata(dataset);
  return platform.read_answer(platform.get(request), request.url, dataset_records::read);
}

WAYBILL_DECL result<dataset_contents> read_contents(api const& platform, std::string const& dataset) {
  dataset_contents out;
  auto folders = detail::all_folders(platform, dataset);
  if (!folders) return folders.error();
  for (auto& [id, path] : *folders) detail::note_folder(out, std::move(id), std::move(path));
  auto files = list_files(platform, dataset, out.folder_paths);
  if (!files) return files.error();
  out.files = std::move(*files);
  auto records = read_records(platform, dataset);
  if (!records) return records.error();
  out.records = std::move(*records);
  return out;
}

WAYBILL_DECL result<std::vector<dataset_row>> list_datasets(api const& platform, std::string_view title) {
  auto out = platform.rows([&](std::uint64_t skip) { return platform.ask().datasets(title, skip); }, read_dataset);
  if (out && !title.empty()) std::erase_if(*out, [&](dataset_row const& row) { return row.name != title; });
  return out;
}

WAYBILL_DECL result<dataset_row> get_dataset(api const& platform, std::string const& id) {
  auto const unknown = [&] {
    return make_error(errc::object_not_found, "there is no dataset of this id that the key's owner may see",
                      printable(id));
  };
  if (!is_id(id)) return unknown();
  auto const request = platform.ask().dataset(id);
  auto const body = platform.get(request);
  if (!body) return body.error().code == condition::not_found ? unknown() : body.error();
  auto row = read_dataset(*body, {});
  if (!row) return platform.unusable(row.error(), request.url);
  return row;
}

namespace detail {

/// The folder of that name directly in another one, where it is.
inline result<std::optional<std::string>> look_for_folder(api const& platform, std::string const& dataset,
                                                          std::string const& parent, std::string_view path) {
  auto const rows = folders_in(platform, dataset, parent);
  if (!rows) return rows.error();
  auto const wanted =
      platform.version() == api_version::v1 ? "/" + std::string{path} : std::string{path.substr(path.rfind('/') + 1)};
  std::optional<std::string> out;
  for (auto const& row : *rows)
    if (row.name == wanted && (!out || row.id < *out)) out = row.id;
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::string> make_folder(api const& platform, std::string const& dataset,
                                             dataset_contents& contents, std::string_view path) {
  if (path.empty()) return std::string{};
  if (auto const there = contents.folders.find(path); there != contents.folders.end()) return there->second;
  auto const slash = path.rfind('/');
  auto const parent =
      make_folder(platform, dataset, contents, slash == std::string_view::npos ? "" : path.substr(0, slash));
  if (!parent) return parent;
  auto const name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  auto const request = platform.ask().create_folder(dataset, *parent, name);
  auto const made = platform.once(
      [&]() -> result<std::string> {
        auto const body = platform.post(request);
        if (!body) return body.error();
        auto const row = read_folder(*body, {});
        if (!row) return platform.unusable(row.error(), request.request.url);
        if (row->name == name) return row->id;
        return make_error(errc::permanent, "the platform calls this folder \"" + printable(row->name) + "\"; rename it",
                          printable(path));
      },
      [&] { return detail::look_for_folder(platform, dataset, *parent, path); });
  if (!made) return made.error();
  detail::note_folder(contents, *made, std::string{path});
  return *made;
}

WAYBILL_DECL result<void> add_record(api const& platform, std::string const& dataset, json::object content) {
  auto const request = platform.ask().add_metadata(dataset, content);
  json::value const wanted{std::move(content)};
  auto const added = platform.once(
      [&]() -> result<bool> {
        auto const body = platform.post(request);
        if (!body) return body.error();
        return true;
      },
      [&]() -> result<std::optional<bool>> {
        auto const there = platform.get(platform.ask().metadata(dataset));
        if (!there) return there.error();
        if (auto const* items = there->as_array())
          for (auto const& item : *items)
            if (auto const* held = item.find("content"); held != nullptr && *held == wanted) return std::optional{true};
        return std::optional<bool>{};
      });
  if (!added) return added.error();
  return {};
}

WAYBILL_DECL result<std::uint64_t> freeze(api const& platform, std::string const& dataset) {
  if (platform.version() == api_version::v1)
    return make_error(errc::unsupported, "Clowder 1 cannot freeze datasets; Clowder 2 can", printable(dataset));
  auto const row = get_dataset(platform, dataset);
  if (!row) return row.error();
  auto const latest = [&]() -> result<std::uint64_t> {
    auto const request = platform.ask().latest_freeze_v2(dataset);
    return platform.read_answer(platform.get(request), request.url, read_freeze);
  };
  auto const before = latest();
  if (!before) return before.error();
  auto const request = platform.ask().freeze_v2(dataset);
  return platform.once([&] { return platform.read_answer(platform.post(request, nullptr), request.url, read_freeze); },
                       [&]() -> result<std::optional<std::uint64_t>> {
                         auto const now = latest();
                         if (!now) return now.error();
                         return *now > *before ? std::optional{*now} : std::nullopt;
                       });
}

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI
