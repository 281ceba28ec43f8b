#pragma once

#include <waybill/registry/restore.hpp>

#include <waybill/manifest/builder.hpp>
#include <waybill/registry/publish.hpp>
#include <waybill/registry/push_data.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The entries of a version that lie in the registry and that a directory holds unchanged: there, and as its files.
inline std::vector<entry> entries_to_look_for(registry const& r, manifest const& version, manifest const& now) {
  std::vector<entry> out;
  for (auto const& e : version.entries()) {
    auto const* here = now.find(e.key);
    if (here == nullptr || here->size != e.size || compare(e.digests, here->digests) != agreement::same) continue;
    auto one = e;
    std::erase_if(one.places, [&](physical_key const& place) { return !r.owns(place); });
    if (one.places.empty()) continue;
    std::ranges::copy_if(here->places, std::back_inserter(one.places),
                         [&](physical_key const& place) { return !r.owns(place); });
    out.push_back(std::move(one));
  }
  return out;
}

/// The version with the places its entries have by now; empty where they are the same.
inline result<std::optional<manifest>> with_new_places(registry const& r, manifest const& version,
                                                       manifest_builder const& looked_for) {
  std::vector<entry> entries{version.entries().begin(), version.entries().end()};
  bool moved = false;
  for (auto& e : entries) {
    auto const* found = looked_for.find(e.key);
    if (found == nullptr || std::ranges::find(e.places, found->places.front()) != e.places.end()) continue;
    std::erase_if(e.places, [&](physical_key const& place) { return r.owns(place); });
    e.places.insert(e.places.begin(), found->places.front());
    moved = true;
  }
  if (!moved) return std::optional<manifest>{};
  auto const& directories = version.directories();
  auto out = manifest::create(version.header(), std::move(entries), {directories.begin(), directories.end()});
  if (!out) return out.error();
  return std::optional{std::move(*out)};
}

WAYBILL_DECL result<restored_version> restore_version(registry& to, manifest const& version, manifest const& now,
                                                      push_data_options const& options, job_control const& control) {
  auto picked = manifest::create(version.header(), entries_to_look_for(to, version, now));
  if (!picked) return picked.error();
  manifest_builder draft{*picked};
  auto asking = options;
  asking.prefix.reset();
  asking.local_files_only = false;
  asking.ask_all = true;
  auto const put_back = push_draft(draft, to, asking, control);
  if (!put_back) return put_back.error();
  if (options.dry_run) return restored_version{version, *put_back};
  auto changed = with_new_places(to, version, draft);
  if (!changed) return changed.error();
  if (!*changed) return restored_version{version, *put_back};
  if (auto const ok = replace_manifest(to, **changed); !ok) return ok.error();
  return restored_version{std::move(**changed), *put_back};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
