#pragma once

#include <waybill/registry/reachable.hpp>

#include <waybill/core/repeat_damaged.hpp>
#include <waybill/history/log_storage.hpp>
#include <waybill/history/record.hpp>
#include <waybill/lineage/append_directory.hpp>
#include <waybill/lineage/record_line.hpp>
#include <waybill/manifest/reader.hpp>
#include <waybill/manifest/top_hash.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <variant>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline std::uint64_t first_eight(digest const& d) {
  std::uint64_t out = 0;
  for (auto const byte : d.bytes().first(8)) out = out << 8U | std::to_integer<std::uint64_t>(byte);
  return out;
}

/// A place in a directory of objects names its digest, wherever that directory stood once.
inline void note_place(std::string_view url, std::vector<std::uint64_t>& into) {
  auto const at = url.find("/.waybill/objects/");
  if (at == std::string_view::npos) return;
  url.remove_prefix(at + 1);
  if (auto const d = digest_of_object_key(url.substr(0, url.find('?')))) into.push_back(first_eight(*d));
}

WAYBILL_DECL void note_contents(json::value const& in, std::vector<std::uint64_t>& into) {
  if (auto const* const items = in.as_array())
    for (auto const& item : *items) note_contents(item, into);
  if (auto const* const text = in.as_string()) note_place(*text, into);
  auto const* const members = in.as_object();
  if (members == nullptr) return;
  for (auto const& [name, value] : *members) {
    note_contents(value, into);
    auto const* const digests = name == "digests" ? value.as_object() : nullptr;
    if (digests == nullptr) continue;
    for (auto const& [algorithm, text] : *digests) {
      auto const kind = find_algorithm(algorithm);
      if (!kind || text.as_string() == nullptr) continue;
      if (auto const d = digest::parse(*kind, *text.as_string())) into.push_back(first_eight(*d));
    }
  }
}

inline void note_entry(entry const& e, std::vector<std::uint64_t>& into) {
  for (auto const& d : e.digests) into.push_back(first_eight(d));
  for (auto const& place : e.places) note_place(place.url(), into);
}

inline error of_a_collection(error e, std::string_view what) {
  e.detail += "; nothing was removed, because " + std::string{what} + " could name what is still needed";
  return e;
}

}  // namespace detail

WAYBILL_DECL bool reachable::is_news(object_info const& info) {
  auto& version = seen_[info.key];
  if (!version.empty() && version == info.version) return false;
  version = info.version;
  return true;
}

WAYBILL_DECL void reachable::name(std::string const& top_hash, std::string const& by, bool optional) {
  std::lock_guard const lock{guard_};
  auto const [at, added] = named_.try_emplace(top_hash, naming{by, optional});
  if (!added && at->second.optional && !optional) at->second = {by, false};
}

WAYBILL_DECL void reachable::take(sink&& found) {
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  std::lock_guard const lock{guard_};
  auto const middle = static_cast<std::ptrdiff_t>(needed_.size());
  needed_.insert(needed_.end(), found.begin(), found.end());
  std::ranges::inplace_merge(needed_, needed_.begin() + middle);
  needed_.erase(std::ranges::unique(needed_).begin(), needed_.end());
}

WAYBILL_DECL bool reachable::needs(digest const& object) const {
  return std::ranges::binary_search(needed_, detail::first_eight(object));
}

WAYBILL_DECL result<void> reachable::read_names(job_control const& control) {
  for (auto const prefix : {layout::named_packages, layout::tags})
    if (auto const ok = read_pointers(prefix, control); !ok) return ok;
  if (auto const ok = read_logs(control); !ok) return ok;
  return read_run_records(control);
}

WAYBILL_DECL result<void> reachable::read_pointers(std::string_view prefix, job_control const& control) {
  std::vector<std::string> keys;
  auto const listed = of_->store().list(prefix, [&](object_info const& info) -> result<void> {
    if (is_news(info)) keys.push_back(info.key);
    return {};
  });
  if (!listed) return listed.error();
  return parallel_for(keys.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto const hash = read_pointer(of_->store(), keys[i]);
    if (!hash) return detail::of_a_collection(hash.error(), "it");
    if (*hash) name(**hash, keys[i], false);
    return {};
  });
}

WAYBILL_DECL result<void> reachable::read_logs(job_control const& control) {
  std::vector<std::string> ids;
  constexpr std::string_view prefix = ".waybill/logs/";
  auto const listed = of_->store().list(prefix, [&](object_info const& info) -> result<void> {
    auto const rest = std::string_view{info.key}.substr(prefix.size());
    auto const id = rest.substr(0, rest.find('/'));
    // Checkpoints and notes of forks say nothing that logs do not say.
    if (!rest.substr(id.size()).starts_with("/log") || !is_news(info)) return {};
    if (ids.empty() || ids.back() != id) ids.emplace_back(id);
    return {};
  });
  if (!listed) return listed.error();
  return parallel_for(ids.size(), control, [&](unsigned, std::size_t i) { return read_log(ids[i]); });
}

WAYBILL_DECL result<void> reachable::read_log(std::string const& id) {
  auto const log = history::log_storage{of_->store(), id}.read({}, std::nullopt);
  if (!log && log.error().code == errc::object_not_found) return {};
  if (!log) return detail::of_a_collection(log.error(), "its records");
  sink contents;
  for (auto const& entry : log->records) {
    auto const& what = entry.what.what;
    if (auto const* const opened = std::get_if<history::records::opened>(&what); opened && !opened->base.empty())
      name(opened->base, "log " + id, false);
    if (auto const* const saved = std::get_if<history::records::saved>(&what); saved && !saved->manifest.empty())
      name(saved->manifest, "savepoint " + saved->id, false);
    if (auto const* const acted = std::get_if<history::records::acted>(&what))
      detail::note_contents(acted->what.what->params, contents);
  }
  take(std::move(contents));
  return {};
}

WAYBILL_DECL result<void> reachable::read_run_records(job_control const& control) {
  std::vector<std::string> keys;
  auto const listed = of_->store().list(layout::lineage, [&](object_info const& info) -> result<void> {
    if (info.key.ends_with(".jsonl") && is_news(info)) keys.push_back(info.key);
    return {};
  });
  if (!listed) return listed.error();
  return parallel_for(keys.size(), control, [&](unsigned, std::size_t i) { return read_records_of(keys[i]); });
}

WAYBILL_DECL result<void> reachable::read_records_of(std::string const& key) {
  auto file = of_->store().open_local(key);
  auto const source = file ? lineage::open_settled(std::move(*file)) : of_->store().open(key);
  if (!source && source.error().code == errc::object_not_found) return {};
  if (!source) return source.error();
  line_reader lines{**source, lineage::largest_line};
  for (std::string_view line;;) {
    auto const more = lines.next(line);
    if (more && !*more) return {};
    auto const record = more ? lineage::read_record_line(line) : result<lineage::run_record>{more.error()};
    if (!record) {
      auto e = detail::of_a_collection(record.error(), "this run record");
      e.detail += "; restore the line, or remove it where nothing can be lost with it";
      e.path = of_->store().url(key).url() + ": line " + std::to_string(lines.number() + (more ? 0 : 1));
      return e;
    }
    if (auto const* const version = record->package()) name(version->top_hash, key, true);
  }
}

WAYBILL_DECL result<void> reachable::read_manifest(std::string const& top_hash, sink& into) const {
  auto const source = of_->open_manifest(top_hash);
  if (!source) return source.error();
  auto reader = manifest_reader::open(**source);
  if (!reader) return reader.error();
  top_hasher sum{reader->header()};
  for (;;) {
    auto const item = reader->next();
    if (!item) return item.error();
    if (*item == nullptr) break;
    if ((*item)->parsed && std::holds_alternative<directory_meta>(*(*item)->parsed)) continue;
    auto const e = reader->take_entry();
    if (!e) return e.error();
    if (auto const ok = sum.add(*e); !ok) return ok;
    detail::note_entry(*e, into);
  }
  if (reader->sorted() && sum.finish().hex() == top_hash) return {};
  // Other programs need not sort; and only a whole manifest can be said to be damaged.
  auto const whole = of_->load(top_hash);
  if (!whole) return whole.error();
  for (auto const& e : whole->entries()) detail::note_entry(e, into);
  return {};
}

WAYBILL_DECL result<void> reachable::read_manifests(std::vector<std::string> const& also, job_control const& control) {
  std::vector<std::pair<std::string, naming>> todo;
  for (auto const& [hash, by] : named_)
    if (!read_.contains(hash)) todo.emplace_back(hash, by);
  for (auto const& hash : also)
    if (!read_.contains(hash) && !named_.contains(hash)) todo.emplace_back(hash, naming{"itself", true});
  return parallel_for(todo.size(), control, [&](unsigned, std::size_t i) -> result<void> {
    auto const& [hash, by] = todo[i];
    sink found;
    auto const read = repeat_damaged(
        of_->attempts(),
        [&] {
          found.clear();
          return read_manifest(hash, found);
        },
        [](error const& e) { return e.code == condition::integrity || e.code == condition::unsafe_input; });
    bool const missing = !read && read.error().code == errc::version_not_found;
    if (missing && by.optional) return {};
    if (!read) {
      auto e = detail::of_a_collection(read.error(), "the manifest that " + by.by + " names");
      if (e.path.empty() || missing) e.path = of_->store().url(layout::manifest_key(hash)).url();
      return e;
    }
    take(std::move(found));
    std::lock_guard const lock{guard_};
    read_.insert(hash);
    return {};
  });
}

}  // namespace waybill::inline WAYBILL_ABI
