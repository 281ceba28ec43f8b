#pragma once

#include <waybill/registry/contents.hpp>

#include <waybill/core/repeat_damaged.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/scan/download.hpp>
#include <waybill/store/cached.hpp>
#include <waybill/store/transfer.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Errors after which another place may still have the bytes.
inline bool may_be_elsewhere(error const& e) {
  return e.code == condition::not_found || e.code == errc::unsafe_path || e.code == errc::unsafe_key;
}

/// Key of the object that holds an entry's bytes, by any of its digests. A wrong size means damage, not the bytes.
/// @errors why the store could not be asked, unless the object of another digest was found
template <object_source S>
result<std::optional<std::string>> find_object(S const& store, entry const& e) {
  std::optional<error> trouble;
  for (auto const& d : e.digests) {
    auto key = object_key(d);
    auto const info = store.head(key);
    if (info && (!e.size || info->size == *e.size)) return std::optional{std::move(key)};
    if (!info && !may_be_elsewhere(info.error())) trouble = info.error();
  }
  if (trouble) return std::move(*trouble);
  return std::optional<std::string>{};
}

inline result<std::unique_ptr<byte_source>> open_local_file(std::string const& path, byte_range range) {
  auto const content = file_content::open_path(path);
  if (!content) return content.error();
  return content->open(range);
}

}  // namespace detail

WAYBILL_DECL place_policy default_policy(registry const& from) { return {!from.is_remote()}; }

/// Whoever has a digest of the bytes finds out what they are; other bytes must at least be of one version.
WAYBILL_DECL registry_contents::opened registry_contents::open_object(object_info const& info, entry const& e,
                                                                      byte_range range) const {
  auto const& store = registry_->store();
  return info.version_id || !e.digests.empty() ? store.open_exactly(info, range) : store.open(info.key, range);
}

/// The bytes at the first of an entry's places that lie in the registry.
WAYBILL_DECL registry_contents::opened registry_contents::open_own_place(entry const& e, byte_range range) const {
  for (auto const& place : e.places)
    if (auto const info = registry_->object_of_place(place))
      if (auto source = open_object(*info, e, range); source || !detail::may_be_elsewhere(source.error()))
        return source;
  return make_error(errc::object_not_found, "the registry has none of its places", printable(e.key.str()));
}

WAYBILL_DECL std::optional<std::string> registry_contents::moved_key(entry const& e, physical_key const& place) const {
  if (!place.is_file() || !e.size || e.digests.empty()) return std::nullopt;
  auto const path = place.file_path();
  auto const tail = "/" + e.key.str();
  if (!path.ends_with(tail)) return std::nullopt;
  // The longest end of the path first: the shorter ones stand for deeper registries.
  for (auto at = path.find('/'); at + tail.size() < path.size(); at = path.find('/', at + 1)) {
    auto key = path.substr(at + 1);
    if (auto const info = registry_->store().head(key); info && info->size == *e.size) return key;
  }
  return std::nullopt;
}

WAYBILL_DECL registry_contents::opened registry_contents::open_place(entry const& e, physical_key const& place,
                                                                     byte_range range) const {
  if (auto const info = registry_->object_of_place(place)) return open_object(*info, e, range);
  if (!place.is_file() && policy_.elsewhere) return policy_.elsewhere(place, range);
  auto const shown = shown_url(place.url());
  if (!place.is_file()) {
    auto const scheme = place.url().substr(0, place.url().find(':'));
    return make_error(errc::unsupported,
                      "the bytes lie at " + shown + ", and places of the kind " + scheme +
                          ": cannot be read with registry " + registry_->location() +
                          "; name a registry that holds them, or fetch the file and set it",
                      printable(e.key.str()));
  }
  if (auto const key = moved_key(e, place)) return registry_->store().open(*key, range);
  if (!policy_.file_keys)
    return make_error(errc::foreign_location,
                      "the manifest came over the network and points to the local file " + shown +
                          "; allow that with --allow-file-keys if you trust it",
                      printable(e.key.str()));
  return detail::open_local_file(place.file_path(), range);
}

WAYBILL_DECL registry_contents::opened registry_contents::open_part(entry const& e, byte_range range) const {
  if (cache_)
    if (auto const key = detail::find_object(*cache_, e); key && *key)
      if (auto source = cache_->open(**key, range)) return source;
  if (registry_->is_remote())
    if (auto source = open_own_place(e, range); source || !detail::may_be_elsewhere(source.error())) return source;
  auto const key = detail::find_object(registry_->store(), e);
  if (key && *key) {
    auto source = registry_->store().open(**key, range);
    if (source || !detail::may_be_elsewhere(source.error())) return source;
  }
  std::string looked = "registry " + registry_->location();
  std::optional<error> refusal;
  for (auto const& place : e.places) {
    auto source = open_place(e, place, range);
    if (source) return source;
    bool const final = source.error().code == errc::foreign_location || source.error().code == errc::unsupported;
    if (!final && !detail::may_be_elsewhere(source.error())) return source;
    if (final && !refusal) refusal = source.error();
    looked.append(", ").append(shown_url(place.url()));
  }
  // What could not be asked for may be there the next time.
  if (!key) return key.error();
  if (refusal) return std::move(*refusal);
  // What the registry once had is put back from a directory that has it.
  bool const lost = std::ranges::any_of(e.places, [this](auto const& place) { return registry_->owns(place); });
  return make_error(errc::object_not_found,
                    "the bytes are nowhere to be found; looked in " + looked +
                        (lost ? "; whoever has the file puts them back with: waybill push DIR --check" : ""),
                    printable(e.key.str()));
}

WAYBILL_DECL std::optional<opened_file> registry_contents::open_local(entry const& e) {
  auto const open = [&e](auto const& store, std::string const& key) {
    auto file = waybill::open_local(store, key);
    // A wrong size means damage, not the bytes.
    return file && (!e.size || file->state.size == *e.size) ? std::move(file) : std::nullopt;
  };
  if (cache_)
    for (auto const& d : e.digests)
      if (auto file = open(*cache_, object_key(d))) return file;
  if (registry_->is_remote()) return std::nullopt;
  auto const& store = registry_->store();
  for (auto const& d : e.digests)
    if (auto file = open(store, object_key(d))) return file;
  // Only what the registry keeps: a link to somebody's own file would be two names of one changeable file.
  for (auto const& place : e.places)
    if (auto const key = registry_->key_of_place(place))
      if (auto file = open(store, *key)) return file;
  return std::nullopt;
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> entry_content::open(byte_range range) const {
  auto source = from_->open(*entry_);
  if (!source || (range.offset == 0 && !range.length)) return source;
  if (auto const ok = detail::skip_bytes(**source, range.offset); !ok) return ok.error();
  auto const extent = clipped(range, size());
  if (!range.length) return source;
  // A part of a stream: read it whole, parts are a few MiB.
  auto bytes = std::make_shared<std::string>(static_cast<std::size_t>(extent.length), '\0');
  std::size_t filled = 0;
  while (filled < bytes->size()) {
    auto const n = (*source)->read(std::as_writable_bytes(std::span{*bytes}).subspan(filled));
    if (!n) return n.error();
    if (*n == 0) return make_error(errc::size_mismatch, "ended early", entry_->key.str());
    filled += *n;
  }
  return std::unique_ptr<byte_source>{std::make_unique<shared_source>(std::move(bytes), byte_range{})};
}

/// What is whole becomes an object; it is copied where it lies on another file system than the objects.
WAYBILL_DECL result<void> object_cache::take_over(partial_file const& whole, std::string const& key,
                                                  digest_set const& expected) {
  auto own = detail::descriptor_of(whole);
  if (!own) return own.error();
  auto taken = store_.adopt(key, std::move(*own));
  if (taken || taken.error().code != errc::unsupported) return taken;
  auto const content = file_content::open_path(whole.path());
  if (!content) return content.error();
  auto const put = store_.put(key, *content, {.expected = expected, .durable = false});
  if (!put) return put.error();
  return {};
}

WAYBILL_DECL result<std::uint64_t> object_cache::fetch(entry const& e, content_provider& from,
                                                       partial_files const* partials, std::stop_token const& stop) {
  if (auto const there = detail::find_object(store_, e); there && *there) return std::uint64_t{0};
  auto const* digest = e.digests.strongest();
  if (digest == nullptr || !e.size)
    return make_error(errc::digest_required, "has no size and digest the kit can check, so it cannot be cached",
                      printable(e.key.str()));
  auto const key = object_key(*digest);
  if (auto partial = detail::partial_of(partials, e)) {
    if (auto const whole = detail::complete(*partial, e, from, stop); !whole) return whole.error();
    if (auto const kept = take_over(*partial, key, e.digests); !kept) return kept.error();
    partial->finish();
    return *e.size;
  }
  put_options options;
  options.expected = e.digests;
  options.durable = false;  // losing a cached file costs a download
  auto const put = repeat_damaged(from.attempts(), [&] { return store_.put(key, entry_content{e, from}, options); });
  if (!put) return put.error();
  return *e.size;
}

WAYBILL_DECL result<object_cache::usage> object_cache::size() const {
  usage sum;
  auto const listed = store_.list({}, [&](object_info const& info) -> result<void> {
    if (!digest_of_object_key(info.key)) return {};
    sum.bytes += info.size;
    ++sum.objects;
    return {};
  });
  if (!listed) return listed.error();
  return sum;
}

WAYBILL_DECL result<object_cache::usage> object_cache::clear() {
  std::vector<object_info> found;
  auto const listed = store_.list({}, [&](object_info const& info) -> result<void> {
    if (digest_of_object_key(info.key)) found.push_back(info);
    return {};
  });
  if (!listed) return listed.error();
  usage freed;
  for (auto const& info : found) {
    if (auto const ok = store_.remove(info.key); !ok) return ok.error();
    freed.bytes += info.size;
    ++freed.objects;
  }
  return freed;
}

}  // namespace waybill::inline WAYBILL_ABI
