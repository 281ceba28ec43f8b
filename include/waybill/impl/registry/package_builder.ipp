#pragma once

#include <waybill/registry/package_builder.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/hash_draft.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/tree.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t rows_of_directory = 20;

/// A directory's key as people write it: without leading `./` and trailing `/`; the root is empty.
inline std::string_view builder_directory(std::string_view text) noexcept {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text == "." ? std::string_view{} : text;
}

inline std::string below_prefix(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string{key} : std::string{prefix}.append("/").append(key);
}

/// The part of a place's URL that the entries of one directory share: all but the entry's own name below it.
inline std::string origin_of(entry const& e, std::string_view directory) {
  if (e.places.empty()) return {};
  auto const& url = e.places.front().url();
  if (auto const at = url.find("/.waybill/objects/"); at != std::string::npos) return url.substr(0, at + 18);
  auto const rest = physical_key::file("/" + e.key.str().substr(directory.size())).url().substr(8);
  auto const bare = std::string_view{url}.substr(0, url.find('?'));
  if (bare.ends_with(rest) && bare.size() > rest.size() && bare[bare.size() - rest.size() - 1] == '/')
    return std::string{bare.substr(0, bare.size() - rest.size())};
  return url;
}

/// The file's absolute path with links resolved: what the entry names is what is read later, wherever the caller
/// stands.
inline result<std::string> real_file(std::string const& path) {
  std::error_code failure;
  auto const real = std::filesystem::canonical(path, failure);
  if (failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory)
    return make_error(errc::file_not_found, "no such file", printable(path));
  if (failure) return system_error(failure.value(), "cannot resolve", printable(path));
  if (!std::filesystem::is_regular_file(real, failure))
    return make_error(errc::file_not_found, "not a regular file; add a directory with a trailing `/`", printable(path));
  return real.string();
}

/// The latest version of a package; empty where there is none, or none that can be read.
inline std::optional<manifest> known_version(registry const& from, package_name const& name) {
  auto const hash = from.resolve({.name = name, .tag = {}, .hash = {}, .registry = {}, .path = {}});
  if (!hash) return std::nullopt;
  auto loaded = from.load(*hash);
  return loaded ? std::optional{std::move(*loaded)} : std::nullopt;
}

}  // namespace detail

WAYBILL_DECL package_builder::package_builder(package const& base) : name_{base.name()}, draft_{base.manifest()} {
  draft_.header.set_message(std::nullopt);
}

WAYBILL_DECL result<void> package_builder::set_file(std::string_view key, std::string const& path,
                                                    std::optional<json::value> user_meta) {
  auto name = logical_key::parse(key);
  if (!name) return name.error();
  auto real = detail::real_file(path);
  if (!real) return real.error();
  entry e{std::move(*name), {}, {}, nullptr, {physical_key::file(*real)}, json::object{}};
  if (user_meta) e.meta = json::object{{"user_meta", std::move(*user_meta)}};
  else if (auto const* old = draft_.find(key)) e.meta = old->meta;
  return set_entry(std::move(e));
}

WAYBILL_DECL result<void> package_builder::set_entry(entry e) {
  if (auto const ok = draft_.set(std::move(e)); !ok) return ok;
  touched();
  return {};
}

WAYBILL_DECL result<std::uint64_t> package_builder::add_all(std::string_view prefix, std::vector<entry> entries,
                                                            std::span<directory_meta const> directories,
                                                            bool keep_meta) {
  auto const dir = detail::builder_directory(prefix);
  if (!dir.empty())
    if (auto const ok = logical_key::parse(dir); !ok) return ok.error();
  auto draft = draft_;
  for (auto& e : entries) {
    e.key = logical_key::trusted(detail::below_prefix(dir, e.key));
    auto const* old = keep_meta ? draft.find(e.key) : nullptr;
    if (old != nullptr) e.meta = old->meta;
    if (auto const ok = draft.set(std::move(e)); !ok) return ok.error();
  }
  for (auto const& d : directories)
    if (auto const ok = draft.set_directory_meta(detail::below_prefix(dir, d.key), d.meta); !ok) return ok.error();
  draft_ = std::move(draft);
  touched();
  return std::uint64_t{entries.size()};
}

WAYBILL_DECL result<std::uint64_t> package_builder::add_directory(std::string_view key, std::string const& path) {
  scan_options options;
  options.stat_only = true;
  auto const tree = scan_tree(path, options);
  if (!tree) return tree.error();
  auto entries = tree->entries();
  for (auto& e : entries) e.size.reset();  // taken together with the digest, when the package is built
  return add_all(key, std::move(entries), {}, true);
}

WAYBILL_DECL result<std::uint64_t> package_builder::add_package(manifest const& other, std::string_view prefix) {
  return add_all(prefix, {other.entries().begin(), other.entries().end()}, other.directories(), false);
}

WAYBILL_DECL result<std::size_t> package_builder::remove(std::string_view key) {
  auto const removed = draft_.remove(detail::builder_directory(key));
  if (removed) touched();
  return removed;
}

WAYBILL_DECL result<std::size_t> package_builder::move(std::string_view from, std::string_view to, bool overwrite) {
  bool const contents = from.ends_with('/') || from == "." || from.empty();
  if (contents) {
    auto const moved = draft_.move_contents(detail::builder_directory(from), detail::builder_directory(to), overwrite);
    if (moved) touched();
    return moved;
  }
  auto target = std::string{to};
  if (to.ends_with('/') || to == ".")
    target = detail::below_prefix(detail::builder_directory(to), from.substr(from.rfind('/') + 1));  // npos + 1 is 0
  if (auto const moved = draft_.move_entry(from, target, overwrite); !moved) return moved.error();
  touched();
  return std::size_t{1};
}

WAYBILL_DECL result<void> package_builder::set_meta(std::string_view key, json::value meta) {
  auto const dir = detail::builder_directory(key);
  if (dir.empty()) {
    draft_.header.set_user_meta(std::move(meta));
  } else if (auto const e = draft_.edit(key); e) {  // no entry's key ends in `/`
    if ((*e)->meta.as_object() == nullptr) (*e)->meta = json::object{};
    json::set_member(*(*e)->meta.as_object(), "user_meta", std::move(meta));
  } else if (draft_.is_directory(dir)) {
    if (auto const ok = draft_.set_directory_meta(dir, std::move(meta)); !ok) return ok;
  } else {
    return make_error(errc::key_not_found, "the draft has no entry and no directory of that name", printable(key));
  }
  touched();
  return {};
}

WAYBILL_DECL void package_builder::set_message(std::optional<std::string_view> text) {
  draft_.header.set_message(text);
  touched();
}

WAYBILL_DECL std::vector<package_builder::content_row> package_builder::contents(registry const* owner) const {
  auto const is_local = [&](entry const& e) {
    return !e.places.empty() && e.places.front().is_file() && !(owner && owner->owns(e.places.front()));
  };
  struct origin {
    std::uint64_t entries = 0;
    entry const* first = nullptr;
  };
  std::vector<content_row> rows;
  auto const& entries = draft_.entries();
  for (auto at = entries.begin(); at != entries.end();) {
    auto const slash = at->first.find('/');
    if (slash == std::string::npos) {
      rows.push_back(
          {at->first, at->second.places.empty() ? "" : at->second.places.front().url(), is_local(at->second)});
      ++at;
      continue;
    }
    auto const dir = at->first.substr(0, slash + 1);
    std::map<std::string, origin> origins;
    for (; at != entries.end() && at->first.starts_with(dir); ++at) {
      auto& o = origins[detail::origin_of(at->second, dir)];
      if (o.entries++ == 0) o.first = &at->second;
    }
    std::vector<std::pair<std::string, origin>> sorted{origins.begin(), origins.end()};
    std::ranges::stable_sort(sorted, [](auto const& a, auto const& b) { return a.second.entries > b.second.entries; });
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      auto const& [text, o] = sorted[i];
      if (i == detail::rows_of_directory) {
        rows.push_back({dir, "... and " + std::to_string(sorted.size() - i) + " more places", is_local(*o.first)});
        break;
      }
      bool const shared = text.ends_with('/');
      bool const single = o.entries == 1 && (i > 0 || !shared);
      auto target = o.first->places.empty() ? std::string{} : o.first->places.front().url();
      if (!single && shared) target = text + "...";
      rows.push_back({single ? o.first->key.str() : dir, std::move(target), is_local(*o.first)});
    }
  }
  return rows;
}

WAYBILL_DECL std::uint64_t package_builder::local_entries(registry const& owner) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(draft_.entries(), [&](auto const& item) { return owner.is_local(item.second); }));
}

WAYBILL_DECL result<manifest> package_builder::build(job_control const& control) {
  if (auto const ok = detail::hash_draft(draft_, control); !ok) return ok.error();
  // quilt3's builder always writes the member, null without a message.
  auto const& members = draft_.header.members;
  if (std::ranges::find(members, "message", &json::member::first) == members.end())
    draft_.header.set_message(std::nullopt);
  auto built = draft_.build();
  if (built) top_hash_ = built->top_hash().hex();
  return built;
}

WAYBILL_DECL result<transfer_report> package_builder::push_data(registry& to, push_data_options const& options,
                                                                job_control const& control) {
  part_sums sums;
  auto how = options;
  std::optional<manifest> latest;
  if (to.is_remote()) {
    if (how.parts == nullptr) how.parts = &sums;
    if (how.known == nullptr && !how.ask_all) latest = detail::known_version(to, name_);
    if (latest) how.known = &*latest;
  }
  if (auto const ok = detail::hash_draft(draft_, control, to.is_remote() ? &sums : nullptr); !ok) return ok.error();
  auto report = detail::push_draft(draft_, to, how, control);
  if (!report && report.error().code == errc::source_changed) touched();
  return report;
}

WAYBILL_DECL result<package> package_builder::push_manifest(registry& to, push_manifest_options const& options,
                                                            publication* done, job_control const& control) {
  if (options.message) draft_.header.set_message(*options.message);
  auto built = build(control);
  if (!built) return built.error();
  auto published = to.publish(*built, name_, options.tags, options.now, options.allow_local_files, options.held);
  if (!published) return published.error();
  if (done != nullptr) *done = std::move(*published);
  return package{to, name_, std::move(*built)};
}

WAYBILL_DECL result<package> package_builder::as_package(registry const& in, bool allow_local_files,
                                                         bool allow_local_manifest) {
  auto const local = local_entries(in);
  if (local != 0 && !allow_local_files)
    return make_error(
        errc::local_pointers,
        "the manifest points to " + std::to_string(local) +
            " local files; push them first with push_data() (push-data), or use allow_local_files if that "
            "is intended",
        name_.str());
  auto built = build();
  if (!built) return built.error();
  if (!allow_local_manifest && !in.open_manifest(built->top_hash().hex()))
    return make_error(
        errc::refused,
        "the manifest is not in registry " + in.location() +
            "; push it first with push_manifest() (push-manifest), or use allow_local_manifest if that is "
            "intended",
        name_.str());
  return package{in, name_, std::move(*built)};
}

}  // namespace waybill::inline WAYBILL_ABI
