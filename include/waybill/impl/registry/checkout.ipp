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

/// One push of a directory: what it holds and what was latest, then either nothing new or a version.
class directory_push {
 public:
  directory_push(registry& to, package_name const& name, push_directory_options const& options,
                 job_control const& control)
      : to_{&to}, name_{&name}, options_{&options}, control_{&control} {
    data_.dry_run = options.dry_run;
    data_.now = options.now;
    data_.parts = &parts_;
  }
  directory_push(directory_push const&) = delete;

  result<void> look(std::string const& directory);
  result<void> restore();
  [[nodiscard]] bool is_unchanged() const {
    return before_ && make_diff(*before_, *now_).empty() && same_directories(*before_, *now_);
  }
  result<push_directory_report> keep();
  result<push_directory_report> publish(passage* held, bool again);

 private:
  [[nodiscard]] manifest const* base() const { return before_ ? &*before_ : nullptr; }
  push_directory_report report(manifest pushed, bool new_version, transfer_report moved);

  registry* to_;
  package_name const* name_;
  push_directory_options const* options_;
  job_control const* control_;
  part_sums parts_;
  push_data_options data_;
  std::optional<manifest> before_;
  std::optional<directory_state> read_;
  std::optional<manifest> now_;
  transfer_report restored_;
  std::uint64_t left_out_ = 0;
};

inline result<void> directory_push::look(std::string const& directory) {
  auto before = latest_of(*to_, *name_);
  if (!before) return before.error();
  before_ = std::move(*before);
  auto read = read_directory(base(), directory, options_->cache, options_->placeholders, *control_,
                             to_->is_remote() ? &parts_ : nullptr, options_->symlinks);
  if (!read) return read.error();
  read_.emplace(std::move(*read));
  auto now = manifest_of_entries(std::move(read_->files.entries), base());
  if (now && !options_->allow_placeholders)
    if (auto const ok = check_strange(std::move(read_->files.strange), *now, base(), directory); !ok) return ok;
  if (now && before_ && !options_->selection.empty())
    now = with_left_out(*now, *before_, options_->selection, left_out_);
  if (!now) return now.error();
  now_ = std::move(*now);
  return {};
}

/// Puts back what the registry has lost of the version before, where that was asked for.
inline result<void> directory_push::restore() {
  if (!before_ || !options_->check) return {};
  auto whole = restore_version(*to_, *before_, *now_, data_, *control_);
  if (!whole) return whole.error();
  before_ = std::move(whole->version);
  restored_ = whole->data;
  return {};
}

inline result<push_directory_report> directory_push::keep() {
  if (!options_->dry_run)
    for (auto const& tag : options_->tags)
      if (auto const ok = to_->set_tag(*name_, tag, before_->top_hash().hex()); !ok) return ok.error();
  return report(*before_, false, {0, before_->entries().size(), 0, before_->total_size()});
}

inline result<push_directory_report> directory_push::publish(passage* held, bool again) {
  package_builder builder{*name_, next_draft(*now_, base(), *to_, *options_)};
  data_.prefix = options_->prefix;
  data_.local_files_only = options_->prefix.has_value();  // what did not change stays where older versions have it
  data_.known = base();
  data_.ask_all = options_->check || again;
  auto const moved = builder.push_data(*to_, data_, *control_);
  if (!moved) return moved.error();
  if (options_->dry_run) {
    auto planned = builder.build(*control_);
    if (!planned) return planned.error();
    return report(std::move(*planned), true, *moved);
  }
  publication done;
  push_manifest_options publishing;
  publishing.tags = options_->tags;
  publishing.now = options_->now;
  publishing.held = held;
  auto const pushed = builder.push_manifest(*to_, publishing, &done, *control_);
  if (!pushed) return pushed.error();
  bool const named_before = again && !(before_ && before_->top_hash() == pushed->manifest().top_hash());
  return report(pushed->manifest(), done.new_version || named_before, *moved);
}

inline push_directory_report directory_push::report(manifest pushed, bool new_version, transfer_report moved) {
  count_restored(moved, restored_);
  return {std::move(pushed),
          std::move(before_),
          new_version,
          moved,
          restored_.files_copied,
          std::move(read_->tree),
          std::move(read_->fresh),
          left_out_,
          read_->files.placeholders};
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
  detail::directory_push push{to, name, options, control};
  if (auto const ok = push.look(directory); !ok) return ok.error();
  std::optional<passage> held;
  if (!options.dry_run) {
    auto entered = passage::enter(to.store(), control.stop);
    if (!entered) return entered.error();
    held.emplace(std::move(*entered));
  }
  if (auto const ok = push.restore(); !ok) return ok.error();
  if (push.is_unchanged()) return push.keep();
  return repeat_collected([&](bool again) { return push.publish(held ? &*held : nullptr, again); });
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
