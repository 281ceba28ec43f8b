#pragma once

#include <waybill/registry/publish.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/writer.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/object.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

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

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
