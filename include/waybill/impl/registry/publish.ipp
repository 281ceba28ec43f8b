#pragma once

#include <waybill/registry/publish.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/writer.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/presence.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/verified.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL bool same_directories(manifest const& a, manifest const& b) {
  return std::ranges::equal(a.directories(), b.directories(), [](directory_meta const& x, directory_meta const& y) {
    return x.key == y.key && json::canonical(x.meta) == json::canonical(y.meta);
  });
}

inline bool all_inside(registry const& r, manifest const& m) {
  return std::ranges::all_of(m.entries(), [&](entry const& e) {
    return std::ranges::any_of(e.places, [&](physical_key const& place) { return r.owns(place); });
  });
}

WAYBILL_DECL result<void> check_publishable(registry const& to, manifest const& m) {
  std::uint64_t local = 0;
  entry const* first = nullptr;
  for (auto const& e : m.entries())
    if (to.is_local(e) && local++ == 0) first = &e;
  if (local == 0) return {};
  return make_error(errc::local_pointers,
                    std::to_string(local) + (local == 1 ? " entry points" : " entries point") +
                        " to local files outside the registry, first " + shown_url(first->places.front().url()) +
                        "; push the data first (push-data), or allow it with --allow-local-files",
                    first->key.str());
}

WAYBILL_DECL result<void> store_manifest(registry& to, manifest const& m) {
  string_sink text;
  if (auto const ok = write_manifest(text, m); !ok) return ok.error();
  auto const hash = m.top_hash().hex();
  auto const key = layout::manifest_key(hash);
  memory_content const content{text.str()};
  auto const put = to.store().put(key, content, {{}, true, true});
  if (put) return {};
  if (put.error().code != errc::collision) return put.error();
  auto const there = to.load(hash);
  if (there) {
    if (!same_directories(*there, m))
      return make_error(
          errc::refused,
          "the same files are stored as " + hash.substr(0, 9) +
              " with other metadata of directories, which a top hash does not cover; give the push a message "
              "of its own (-m) to make it a version of its own",
          to.store().url(key).url());
    // The first one stays, unless it needs places outside the registry and this one does not.
    if (all_inside(to, *there) || !all_inside(to, m)) return {};
  } else if (there.error().code == condition::transient || there.error().code == condition::denied) {
    return there.error();
  }
  return replace_manifest(to, m);
}

WAYBILL_DECL result<void> replace_manifest(registry& to, manifest const& m) {
  string_sink text;
  if (auto const ok = write_manifest(text, m); !ok) return ok.error();
  auto const replaced = to.store().put(layout::manifest_key(m.top_hash().hex()), memory_content{text.str()}, {});
  if (!replaced) return replaced.error();
  return {};
}

/// The key of the object that an entry's bytes are, where it has no other place.
inline std::optional<std::string> only_object(registry const& in, entry const& e) {
  std::optional<std::string> out;
  for (auto const& place : e.places) {
    auto key = in.key_of_place(place);
    if (!key || !digest_of_object_key(*key)) return std::nullopt;
    out = std::move(key);
  }
  return out;
}

WAYBILL_DECL result<void> check_stored(registry const& in, manifest const& m) {
  std::vector<std::string> keys;
  for (auto const& e : m.entries())
    if (auto key = only_object(in, e)) keys.push_back(std::move(*key));
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  auto const found = find_objects(in.store(), keys, {.workers = questions_at_once(in.store())});
  if (!found) return found.error();
  for (auto const& e : m.entries()) {
    auto const key = only_object(in, e);
    if (!key || (*found)[static_cast<std::size_t>(std::ranges::lower_bound(keys, *key) - keys.begin())]) continue;
    return make_error(errc::object_not_found,
                      "registry " + in.location() +
                          " has not got its bytes, or has collected them (waybill gc): push " +
                          "the data again (push-data), and then the manifest",
                      printable(e.key.str()));
  }
  return {};
}

WAYBILL_DECL result<void> settle(registry& to, manifest const& m, passage& held, bool found) {
  for (;;) {
    auto const calm = held.undisturbed();
    if (!calm) return calm.error();
    if (*calm) return {};
    if (auto const ok = store_manifest(to, m); !ok) return ok;
    auto const there = check_stored(to, m);
    if (!there && found && there.error().code == errc::object_not_found)
      return make_error(errc::lost_race, "a collection took bytes that were found before; push again",
                        there.error().path);
    if (!there) return there;
  }
}

inline result<publication> name_version(registry& to, manifest const& m, package_name const& name, timestamp now) {
  publication done{m.top_hash().hex(), true, std::nullopt};
  auto const latest = read_pointer(to.store(), layout::latest_key(name));
  if (latest && *latest == done.top_hash) return publication{done.top_hash, false, done.top_hash};
  if (auto const ok = note_in_history(to, name, m, now); !ok) return ok.error();
  if (auto const ok = add_push(to.store(), name, done.top_hash, now); !ok) return ok.error();
  auto before = swap_pointer(to.store(), layout::latest_key(name), done.top_hash);
  if (!before) return before.error();
  done.replaced = std::move(*before);
  return done;
}

WAYBILL_DECL result<publication> publish_version(registry& to, manifest const& m, package_name const& name,
                                                 std::span<std::string const> tags, timestamp now, passage* held) {
  std::optional<passage> own;
  if (held == nullptr) {
    auto entered = passage::enter(to.store());
    if (!entered) return entered.error();
    own.emplace(std::move(*entered));
    if (auto const ok = check_stored(to, m); !ok) return ok.error();
  }
  auto& through = own ? *own : *held;
  if (auto const ok = store_manifest(to, m); !ok) return ok.error();
  if (auto const ok = settle(to, m, through, !own); !ok) return ok.error();
  auto done = name_version(to, m, name, now);
  if (!done) return done;
  for (auto const& tag : tags)
    if (auto const ok = swap_pointer(to.store(), layout::tag_key(name, tag), done->top_hash); !ok) return ok.error();
  // One that began after the last look may have read the names before ours were there.
  if (auto const ok = settle(to, m, through, !own); !ok) return ok.error();
  return done;
}

inline result<void> require_version(registry const& in, std::string_view top_hash) {
  auto const source = in.open_manifest(top_hash);
  if (!source) return source.error();
  return {};
}

/// Gives a pointer back what it held, unless others have changed it meanwhile.
inline void take_back(any_store& store, std::string const& key, std::string_view held_now,
                      std::optional<std::string> const& before) {
  auto const now = store.read_ref(key);
  if (!now || !*now || (*now)->text != held_now) return;
  if (before) static_cast<void>(store.swap_ref(key, (*now)->version, *before));
  else static_cast<void>(store.remove_ref(key, (*now)->version));
}

WAYBILL_DECL result<std::optional<std::string>> point_at(registry& in, std::string const& key,
                                                         std::string_view top_hash) {
  auto through = passage::enter(in.store());
  if (!through) return through.error();
  if (auto const ok = require_version(in, top_hash); !ok) return ok.error();
  auto before = swap_pointer(in.store(), key, top_hash);
  if (!before) return before;
  auto const calm = through->undisturbed();
  if (!calm) return calm.error();
  if (*calm) return before;
  // A collection that did not see the pointer yet may have taken a version that nothing else named.
  if (auto const ok = require_version(in, top_hash); !ok) {
    take_back(in.store(), key, top_hash, *before);
    return ok.error();
  }
  return before;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
