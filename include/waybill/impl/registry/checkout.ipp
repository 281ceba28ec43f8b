#pragma once

#include <waybill/registry/checkout.hpp>

#include <waybill/algebra/diff.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/manifest/quilt_hash.hpp>
#include <waybill/registry/directory_state.hpp>
#include <waybill/registry/lazy.hpp>
#include <waybill/registry/part_sums.hpp>
#include <waybill/registry/publish.hpp>
#include <waybill/registry/restore.hpp>
#include <waybill/scan/hash_file.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Takes over from the version before what a file does not say itself.
inline void inherit(entry& now, entry const& before) {
  now.meta = before.meta;
  auto const* written = quilt::written_digest(before);
  auto const* found = written ? now.digests.find(written->kind()) : nullptr;
  if (found != nullptr && *found == *written && now.size == before.size) {
    now.digests = {*written};
  } else if (auto const* chunked = now.digests.find(algorithms::sha2_256_chunked)) {
    now.digests = {*chunked};
  }
}

inline result<std::optional<manifest>> latest_of(registry const& r, package_name const& name) {
  auto const hash = r.resolve({name, {}, {}, {}, {}});
  if (!hash && hash.error().code == errc::package_not_found) return std::optional<manifest>{};
  if (!hash) return hash.error();
  auto loaded = r.load(*hash);
  if (!loaded) return loaded.error();
  return std::optional{std::move(*loaded)};
}

/// The draft of a directory's next version: files that did not change keep their places in the registry.
inline manifest_builder next_draft(manifest const& now, manifest const* before, registry const& r,
                                   push_directory_options const& options) {
  manifest_builder draft{now};
  draft.header.set_message(options.message);
  if (before == nullptr) return draft;
  for (auto const& old : before->entries()) {
    auto const e = draft.edit(old.key);
    if (!e || compare_entries(old, **e) != entry_change::none) continue;
    auto const owned = std::ranges::find_if(old.places, [&](physical_key const& place) { return r.owns(place); });
    if (owned == old.places.end()) continue;
    // The file itself is the second place while the data is pushed: from it bytes are restored that the registry has
    // lost.
    if (options.prefix) (*e)->places.clear();
    if (std::ranges::find((*e)->places, *owned) == (*e)->places.end())
      (*e)->places.insert((*e)->places.begin(), *owned);
  }
  return draft;
}

/// Metadata of those directories that still have entries. @pre entries in walk order
inline std::vector<directory_meta> directories_of(std::span<entry const> entries, manifest const& base) {
  std::vector<directory_meta> out;
  for (auto const& d : base.directories()) {
    auto const next =
        std::ranges::lower_bound(entries, d.key.str(), walk_less{}, [](entry const& e) { return e.key.str(); });
    if (next != entries.end() && is_below(next->key, d.key)) out.push_back(d);
  }
  return out;
}

/// @param entries  of a directory, in walk order
inline result<manifest> manifest_of_entries(std::vector<entry> entries, manifest const* base) {
  manifest_header header;
  if (base == nullptr) {
    header.set_message(std::nullopt);
    return manifest::create(std::move(header), std::move(entries));
  }
  header = base->header();
  for (auto& e : entries)
    if (auto const* old = base->find(e.key)) detail::inherit(e, *old);
    else if (auto const* chunked = e.digests.find(algorithms::sha2_256_chunked)) e.digests = {*chunked};
  auto directories = directories_of(entries, *base);
  return manifest::create(std::move(header), std::move(entries), std::move(directories));
}

/// Refuses to publish what may be a placeholder of something else, or a damaged one. What the version before has
/// already is data.
inline result<void> check_strange(std::vector<std::string> keys, manifest const& now, manifest const* before,
                                  std::string const& directory) {
  std::erase_if(keys, [&](std::string const& key) {
    auto const* old = before != nullptr ? before->find(key) : nullptr;
    if (old == nullptr) return false;
    auto const change = compare_entries(*old, *now.find(key));
    return change == entry_change::none || change == entry_change::metadata;
  });
  if (keys.empty()) return {};
  constexpr std::size_t shown = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(keys.size(), shown); ++i)
    names += (i == 0 ? "'" : ", '") + printable(keys[i]) + "'";
  if (keys.size() > shown) names += " and " + std::to_string(keys.size() - shown) + " more";
  return make_error(errc::refused,
                    "would be published as data, but looks like a placeholder of something that was not fetched: " +
                        names + "; fetch, remove or replace it, or push with --allow-placeholders if it is data",
                    directory);
}

/// Adds the entries of the version before that a partial installation left out, unless the directory has such files.
inline result<manifest> with_left_out(manifest const& now, manifest const& before, key_filter const& selection,
                                      std::uint64_t& count) {
  std::vector<entry> entries{now.entries().begin(), now.entries().end()};
  for (auto const& e : before.entries())
    if (!selection(e) && now.find(e.key) == nullptr) entries.push_back(e);
  count = entries.size() - now.entries().size();
  if (count == 0) return now;
  std::ranges::sort(entries, walk_less{}, [](entry const& e) -> std::string const& { return e.key.str(); });
  auto directories = directories_of(entries, before);
  return manifest::create(now.header(), std::move(entries), std::move(directories));
}

/// What was put back before was copied, although a push that came after it found it there.
inline void count_restored(transfer_report& moved, transfer_report const& restored) {
  moved.files_copied += restored.files_copied;
  moved.bytes_copied += restored.bytes_copied;
  moved.files_skipped -= std::min(moved.files_skipped, restored.files_copied);
  moved.bytes_skipped -= std::min(moved.bytes_skipped, restored.bytes_copied);
}

}  // namespace detail

WAYBILL_DECL result<directory_manifest> manifest_of_directory(std::string const& directory, manifest const* base,
                                                              stat_cache const* cache, job_control const& control,
                                                              placeholder_set const& placeholders) {
  auto tree = detail::scan_for(base, directory, cache, control);
  if (!tree) return tree.error();
  auto m = detail::manifest_of_entries(entries_of(*tree, placeholders).entries, base);
  if (!m) return m.error();
  return directory_manifest{std::move(*m), std::move(*tree)};
}

WAYBILL_DECL result<manifest> with_digests_of(manifest const& now, manifest const& other, job_control const& control) {
  std::vector<entry> entries{now.entries().begin(), now.entries().end()};
  auto const done = parallel_for(entries.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto& e = entries[i];
    auto const* theirs = other.find(e.key);
    if (theirs == nullptr || theirs->size != e.size) return {};
    auto const* wanted = theirs->digests.strongest();
    if (wanted == nullptr || compare(e.digests, theirs->digests) != agreement::unknown) return {};
    // What was not fetched lies where its version has it: elsewhere, or where the registry was once.
    if (e.places.empty() || !e.places.front().is_file()) return {};
    auto const path = e.places.front().file_path();
    auto const hashed = hash_file(path, std::array{wanted->kind()}, {1, {}, control.stop});
    if (!hashed && hashed.error().code == errc::file_not_found) return {};
    if (!hashed) return hashed.error();
    for (auto const& d : hashed->digests) e.digests.insert(d);
    return {};
  });
  if (!done) return done.error();
  auto const& directories = now.directories();
  return manifest::create(now.header(), std::move(entries), {directories.begin(), directories.end()});
}

WAYBILL_DECL result<push_directory_report> push_directory(registry& to, package_name const& name,
                                                          std::string const& directory,
                                                          push_directory_options const& options,
                                                          job_control const& control) {
  for (auto const& tag : options.tags)
    if (auto const ok = check_tag(tag); !ok) return ok.error();
  auto before = detail::latest_of(to, name);
  if (!before) return before.error();
  auto const* base = *before ? &**before : nullptr;
  part_sums parts;
  // Placeholders are known by what a scan finds in them.
  bool const sends = to.is_remote() && options.placeholders.empty() && !options.allow_placeholders;
  auto read =
      detail::read_directory(base, directory, options.cache, options.placeholders, control, sends ? &parts : nullptr);
  if (!read) return read.error();
  auto& files = read->files;
  auto now = detail::manifest_of_entries(std::move(files.entries), base);
  if (now && !options.allow_placeholders)
    if (auto const ok = detail::check_strange(std::move(files.strange), *now, base, directory); !ok) return ok.error();
  std::uint64_t left_out = 0;
  if (now && base != nullptr && !options.selection.empty())
    now = detail::with_left_out(*now, *base, options.selection, left_out);
  if (!now) return now.error();
  push_data_options data;
  data.dry_run = options.dry_run;
  data.now = options.now;
  data.parts = &parts;
  transfer_report restored;
  if (base != nullptr && options.check) {
    auto whole = detail::restore_version(to, *base, *now, data, control);
    if (!whole) return whole.error();
    **before = std::move(whole->version);
    restored = whole->data;
  }
  if (base != nullptr && make_diff(*base, *now).empty() && detail::same_directories(*base, *now)) {
    if (!options.dry_run)
      for (auto const& tag : options.tags)
        if (auto const ok = to.set_tag(name, tag, base->top_hash().hex()); !ok) return ok.error();
    transfer_report moved{0, base->entries().size(), 0, base->total_size()};
    detail::count_restored(moved, restored);
    return push_directory_report{*base,
                                 *base,
                                 false,
                                 moved,
                                 restored.files_copied,
                                 read->tree,
                                 std::move(read->fresh),
                                 left_out,
                                 files.placeholders};
  }
  package_builder builder{name, detail::next_draft(*now, base, to, options)};
  data.prefix = options.prefix;
  data.local_files_only = options.prefix.has_value();  // what did not change stays where older versions have it
  data.known = base;
  data.ask_all = options.check;
  auto moved = builder.push_data(to, data, control);
  if (!moved) return moved.error();
  if (options.dry_run) {
    auto planned = builder.build(control);
    if (!planned) return planned.error();
    return push_directory_report{std::move(*planned),
                                 std::move(*before),
                                 true,
                                 *moved,
                                 restored.files_copied,
                                 read->tree,
                                 std::move(read->fresh),
                                 left_out,
                                 files.placeholders};
  }
  publication done;
  push_manifest_options publishing;
  publishing.tags = options.tags;
  publishing.now = options.now;
  auto const pushed = builder.push_manifest(to, publishing, &done, control);
  if (!pushed) return pushed.error();
  detail::count_restored(*moved, restored);
  return push_directory_report{pushed->manifest(),    std::move(*before), done.new_version,       *moved,
                               restored.files_copied, read->tree,         std::move(read->fresh), left_out,
                               files.placeholders};
}

WAYBILL_DECL result<materialise_report> install_package(package const& p, std::string const& directory,
                                                        key_filter const& include,
                                                        std::optional<std::string> const& tag,
                                                        content_provider& contents, materialise_options const& options,
                                                        job_control const& control) {
  auto const& m = p.manifest();
  if (!include.empty() && options.delete_extra)
    return make_error(errc::usage,
                      "a selection cannot be synchronised: everything else would be removed; leave out --include",
                      directory);
  std::vector<entry> picked;
  auto const placed = detail::entries_to_place(p, include, picked);
  if (!placed) return placed.error();
  detail::installation_record record{{p.name(), p.source().location(), tag, m, include.globs()},
                                     detail::lazy_installation(directory)};
  auto done = detail::materialise_into(*placed, directory, contents, options, control);
  if (!done) return done;
  if (auto const ok = record.retire(directory, *placed, *done, options.dry_run); !ok) return ok.error();
  if (options.dry_run) return done;
  if (auto const ok = record.save(directory); !ok) return ok.error();
  return done;
}

}  // namespace waybill::inline WAYBILL_ABI
