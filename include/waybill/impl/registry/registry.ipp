#pragma once

#include <waybill/registry/registry.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/core/repeat_damaged.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/publish.hpp>
#include <waybill/scan/load_manifest.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline std::string short_hash(std::string_view hash, std::size_t digits = 9) {
  return std::string{hash.substr(0, digits)};
}

/// How many digits tell these sorted hashes apart, at least seven.
inline std::size_t telling_digits(std::vector<std::string> const& hashes) {
  std::size_t digits = 7;
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    auto const differs = std::ranges::mismatch(hashes[i - 1], hashes[i]).in1 - hashes[i - 1].begin();
    digits = std::max(digits, static_cast<std::size_t>(differs) + 1);
  }
  return digits;
}

/// True for a key that stands unchanged in a URL.
inline bool is_own_encoding(std::string_view key) noexcept {
  return std::ranges::all_of(
      key, [](char c) { return is_ascii_alphanumeric(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '~'; });
}

}  // namespace detail

WAYBILL_DECL error registry::no_package(package_name const& name) const {
  // Behind a network the whole registry may be missing, which an answer of "not found" does not say.
  if (is_remote())
    if (auto const listed = store_.list(layout::pointers_prefix(name), [](auto const&) { return result<void>{}; });
        !listed && listed.error().code == errc::object_not_found)
      return listed.error();
  return make_error(errc::package_not_found, "registry " + location_ + " has no package " + name.str(), name.str());
}

WAYBILL_DECL bool registry::has_package(package_name const& name) const {
  bool found = false;
  // A listing has no other way to be ended early than an error, which nobody sees.
  auto const ended = store_.list(layout::pointers_prefix(name), [&](object_info const&) -> result<void> {
    found = true;
    return make_error(errc::interrupted, {});
  });
  return found || (!ended && ended.error().code != errc::object_not_found);
}

WAYBILL_DECL result<std::vector<package_name>> registry::list() const {
  std::vector<package_name> names;
  auto const listed = store_.list(layout::named_packages, [&](object_info const& info) -> result<void> {
    auto key = std::string_view{info.key}.substr(layout::named_packages.size());
    if (!key.ends_with("/latest")) return {};
    key.remove_suffix(7);
    if (auto name = package_name::parse(key)) names.push_back(std::move(*name));
    return {};
  });
  if (!listed) return listed.error();
  std::ranges::sort(names);
  return names;
}

WAYBILL_DECL result<std::string> registry::resolve_hash(package_name const& name, std::string_view prefix) const {
  if (auto const ok = is_top_hash(prefix) || (prefix.size() >= 6 && prefix.size() < 64); !ok)
    return make_error(errc::malformed_reference, "write 6 to 64 hex digits", printable(prefix));
  if (!has_package(name)) return no_package(name);
  std::vector<std::string> found;
  auto const listed = store_.list(layout::manifest_key(prefix), [&](object_info const& info) -> result<void> {
    auto const hash = std::string_view{info.key}.substr(layout::manifests.size());
    if (is_top_hash(hash)) found.emplace_back(hash);
    return {};
  });
  if (!listed) return listed.error();
  if (found.empty())
    return make_error(errc::version_not_found, "registry " + location_ + " has no manifest of that hash",
                      name.str() + "@" + printable(prefix));
  if (found.size() == 1) return found.front();
  auto const own = list_pushes(store_, name);
  if (!own) return own.error();
  std::set<std::string> candidates;
  for (auto const& [seconds, hash] : *own)
    if (hash.starts_with(prefix)) candidates.insert(hash);
  if (candidates.size() == 1) return *candidates.begin();
  std::ranges::sort(found);
  std::string text = std::to_string(found.size()) + " manifests have that prefix; give more digits:";
  for (std::size_t i = 0; i < found.size() && i < 8; ++i)
    text.append(i == 0 ? " " : ", ").append(found[i], 0, detail::telling_digits(found));
  return make_error(errc::ambiguous_hash, std::move(text), name.str() + "@" + std::string{prefix});
}

WAYBILL_DECL result<std::string> registry::resolve(package_ref const& ref) const {
  if (ref.hash) return resolve_hash(ref.name, *ref.hash);
  bool const tagged = ref.tag && *ref.tag != "latest";
  if (tagged)
    if (auto const ok = check_tag(*ref.tag); !ok) return ok.error();
  auto hash = read_pointer(store_, tagged ? layout::tag_key(ref.name, *ref.tag) : layout::latest_key(ref.name));
  if (!hash) return hash.error();
  if (*hash) return std::move(**hash);
  if (!tagged || !has_package(ref.name)) return no_package(ref.name);
  auto const known = tags(ref.name);
  std::string text = "package " + ref.name.str() + " has no tag `" + *ref.tag + "`; its tags are:";
  std::size_t shown = 0;
  if (known)
    for (auto const& [tag, unused] : *known)
      if (shown++ < 16) text.append(shown == 1 ? " " : ", ").append(tag);
  return make_error(errc::tag_not_found, shown == 0 ? text + " none" : std::move(text), to_string(ref));
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> registry::open_manifest(std::string_view top_hash) const {
  auto const missing = [&] {
    return make_error(errc::version_not_found, "registry " + location_ + " has no manifest of that hash",
                      printable(top_hash));
  };
  if (!is_top_hash(top_hash)) return missing();
  auto source = store_.open_exactly({layout::manifest_key(top_hash), 0, {}, {}});
  if (!source && source.error().code == errc::object_not_found) return missing();
  return source;
}

WAYBILL_DECL result<manifest> registry::load(std::string_view top_hash) const {
  // Damaged text may be no manifest at all.
  return repeat_damaged(
      attempts(), [&] { return load_once(top_hash); },
      [](error const& e) { return e.code == condition::integrity || e.code == condition::unsafe_input; });
}

WAYBILL_DECL result<manifest> registry::load_once(std::string_view top_hash) const {
  auto const source = open_manifest(top_hash);
  if (!source) return source.error();
  auto loaded = load_manifest(**source, job_control{});
  auto const place = store_.url(layout::manifest_key(top_hash)).url();
  if (!loaded) {
    auto e = loaded.error();
    e.path = e.path.empty() ? place : place + ": " + e.path;
    return e;
  }
  if (loaded->top_hash().hex() != top_hash)
    return make_error(errc::digest_mismatch,
                      "the manifest is damaged: it is stored as " + detail::short_hash(top_hash) +
                          " but its content hashes to " + detail::short_hash(loaded->top_hash().hex()) +
                          "; push the version again or restore the file",
                      place);
  return loaded;
}

WAYBILL_DECL result<std::map<std::string, std::string>> registry::tags(package_name const& name) const {
  std::vector<std::string> names;
  auto const prefix = layout::tags_prefix(name);
  auto const listed = store_.list(prefix, [&](object_info const& info) -> result<void> {
    auto const tag = std::string_view{info.key}.substr(prefix.size());
    if (check_tag(tag)) names.emplace_back(tag);
    return {};
  });
  if (!listed) return listed.error();
  if (names.empty() && !has_package(name)) return no_package(name);
  std::map<std::string, std::string> out;
  for (auto const& tag : names) {
    auto hash = read_pointer(store_, layout::tag_key(name, tag));
    if (!hash) return hash.error();
    if (*hash) out.emplace(tag, std::move(**hash));
  }
  return out;
}

WAYBILL_DECL result<std::vector<version_row>> registry::versions(package_name const& name) const {
  auto const found = list_pushes(store_, name);
  if (!found) return found.error();
  auto const latest = read_pointer(store_, layout::latest_key(name));
  if (!latest && latest.error().code != errc::corrupt_state) return latest.error();
  auto const latest_hash = latest ? latest->value_or(std::string{}) : std::string{};
  if (found->empty() && latest_hash.empty()) return no_package(name);
  std::map<std::string, version_row> rows;
  for (auto const& [seconds, hash] : *found)  // sorted: the newest push of a manifest comes last
    rows[hash].created = timestamp{std::chrono::seconds{seconds}};
  if (!latest_hash.empty()) rows[latest_hash].latest = true;
  auto const tagged = tags(name);
  if (!tagged) return tagged.error();
  for (auto const& [tag, hash] : *tagged) rows[hash].tags.push_back(tag);
  std::vector<version_row> out;
  for (auto& [hash, row] : rows) {
    row.top_hash = hash;
    out.push_back(std::move(row));
  }
  auto const read =
      parallel_for(out.size(), {.workers = questions_at_once(store_)}, [&](unsigned, std::size_t i) -> result<void> {
        // A version whose manifest is damaged is still listed, so that it can be seen and
        // replaced.
        if (auto const source = open_manifest(out[i].top_hash))
          if (auto const reader = manifest_reader::open(**source)) out[i].message = reader->header().message();
        return {};
      });
  if (!read) return read.error();
  std::ranges::stable_sort(out, [](auto const& a, auto const& b) {
    return a.created != b.created ? a.created > b.created : a.latest && !b.latest;
  });
  return out;
}

WAYBILL_DECL result<publication> registry::publish(manifest const& m, package_name const& name,
                                                   std::span<std::string const> tags, timestamp now,
                                                   bool allow_local_files, passage* held) {
  for (auto const& tag : tags)
    if (auto const ok = check_tag(tag); !ok) return ok.error();
  if (!allow_local_files)
    if (auto const ok = detail::check_publishable(*this, m); !ok) return ok.error();
  return detail::publish_version(*this, m, name, tags, now, held);
}

WAYBILL_DECL result<void> registry::set_tag(package_name const& name, std::string_view tag, std::string_view top_hash) {
  if (auto const ok = check_tag(tag); !ok) return ok.error();
  auto const swapped = detail::point_at(*this, layout::tag_key(name, tag), top_hash);
  if (!swapped) return swapped.error();
  return {};
}

WAYBILL_DECL result<void> registry::remove_tag(package_name const& name, std::string_view tag) {
  auto const missing = [&] {
    return make_error(errc::tag_not_found, "package " + name.str() + " has no tag `" + printable(tag) + "`",
                      name.str());
  };
  if (!check_tag(tag)) return missing();
  auto const key = layout::tag_key(name, tag);
  auto const now = store_.read_ref(key);
  if (!now) return now.error();
  if (!*now) return missing();
  return store_.remove_ref(key, (*now)->version);
}

WAYBILL_DECL result<std::string> registry::set_latest(package_name const& name, std::string_view top_hash) {
  auto const latest = read_pointer(store_, layout::latest_key(name));
  // A damaged pointer is repaired by pointing it somewhere.
  if (!latest && latest.error().code != errc::corrupt_state) return latest.error();
  if (latest && !*latest) return no_package(name);
  auto before = detail::point_at(*this, layout::latest_key(name), top_hash);
  if (!before) return before.error();
  return std::move(*before).value_or(std::string{});
}

WAYBILL_DECL std::optional<std::string> registry::key_of_place(physical_key const& place) const {
  auto const probe = store_.url("x").url();
  auto text = std::string_view{place.url()};
  auto const prefix = probe.size() - 1;
  if (text.size() <= prefix || text.substr(0, prefix) != std::string_view{probe}.substr(0, prefix)) return std::nullopt;
  if (place.is_s3()) text = text.substr(0, text.find("?versionId="));
  // The rest is encoded like the path of a file URL, whatever the scheme; most keys are their own encoding.
  auto const rest = text.substr(prefix);
  if (detail::is_own_encoding(rest)) return check_store_key(rest) ? std::optional{std::string{rest}} : std::nullopt;
  auto const decoded = physical_key::parse("file:///" + std::string{rest});
  if (!decoded) return std::nullopt;
  auto key = decoded->file_path().substr(1);
  if (!check_store_key(key) || store_.url(key).url() != text) return std::nullopt;
  return key;
}

WAYBILL_DECL std::optional<object_info> registry::object_of_place(physical_key const& place) const {
  auto key = key_of_place(place);
  if (!key) return std::nullopt;
  object_info out{std::move(*key), 0, {}, {}};
  if (place.is_s3()) out.version_id = place.location().version;
  return out;
}

WAYBILL_DECL bool registry::is_remote() const { return waybill::is_remote(store_); }

WAYBILL_DECL bool registry::owns(physical_key const& place) const { return key_of_place(place).has_value(); }

WAYBILL_DECL bool registry::holds(entry const& e) const {
  for (auto const& place : e.places)
    if (owns(place)) return true;
  for (auto const& d : e.digests)
    if (auto const info = store_.head(object_key(d)); info && (!e.size || info->size == *e.size)) return true;
  return false;
}

WAYBILL_DECL bool registry::is_local(entry const& e) const {
  auto const file = std::ranges::any_of(e.places, [](physical_key const& p) { return p.is_file(); });
  return file && !holds(e);
}

}  // namespace waybill::inline WAYBILL_ABI
#include <waybill/registry/package_history.hpp>  // body of detail::note_in_history, which needs a complete registry
