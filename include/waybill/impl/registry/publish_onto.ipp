#pragma once

#include <waybill/registry/publish_onto.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/registry/package_history.hpp>
#include <waybill/registry/pointer.hpp>
#include <waybill/registry/publish.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline error was_followed(package_name const& name) {
  return make_error(errc::lost_race, "another version became latest meanwhile", name.str());
}

/// Makes `latest` the manifest where it is `base`, or has it already.
inline result<void> swap_latest(registry& to, package_name const& name, std::optional<std::string> const& base,
                                std::string const& hash) {
  auto const key = layout::latest_key(name);
  auto const now = to.store().read_ref(key);
  if (!now) return now.error();
  std::optional<std::string> there;
  if (*now) there = std::string{ascii_trimmed((*now)->text)};
  if (there == hash) return {};
  if (there != base) return was_followed(name);
  auto const swapped = to.store().swap_ref(key, *now ? std::optional{(*now)->version} : std::nullopt, hash);
  if (!swapped && swapped.error().code == errc::lost_race) return was_followed(name);
  if (!swapped) return swapped.error();
  return {};
}

/// True where a version is noted now, or was; false where another one has followed it.
inline result<bool> note_latest(registry& in, manifest const& m, package_name const& name, timestamp now) {
  auto const hash = m.top_hash().hex();
  auto const latest = read_pointer(in.store(), layout::latest_key(name));
  if (!latest) return latest.error();
  if (*latest != hash) return false;
  // Whoever follows reads the log first: it has this version then, or what follows has its changes, too.
  if (auto const ok = note_in_history(in, name, m, now); !ok) return ok.error();
  return true;
}

}  // namespace detail

WAYBILL_DECL result<void> finish_publication(registry& in, manifest const& m, package_name const& name, timestamp now) {
  auto const noted = detail::note_latest(in, m, name, now);
  if (!noted) return noted.error();
  if (!*noted) return {};
  auto const hash = m.top_hash().hex();
  auto const pushes = list_pushes(in.store(), name);
  if (!pushes) return pushes.error();
  if (std::ranges::any_of(*pushes, [&](push_record const& p) { return p.top_hash == hash; })) return {};
  return add_push(in.store(), name, hash, now);
}

WAYBILL_DECL result<void> publish_onto(registry& to, manifest const& m, package_name const& name,
                                       std::optional<std::string> const& base, std::string const& tag, timestamp now,
                                       passage& held) {
  if (auto const ok = publish_aside(to, m, name, tag, held); !ok) return ok;
  // A history begins with who made the first version; once that is latest, it would be adopted as nobody's.
  if (!base)
    if (auto const ok = detail::note_in_history(to, name, m, now); !ok) return ok;
  if (auto const ok = detail::swap_latest(to, name, base, m.top_hash().hex()); !ok) {
    // A tag that stays names a version that can be read, and is nobody's: no reason for another error.
    if (ok.error().code == errc::lost_race) static_cast<void>(to.remove_tag(name, tag));
    return ok;
  }
  auto const noted = detail::note_latest(to, m, name, now);
  if (!noted) return noted.error();
  return *noted ? add_push(to.store(), name, m.top_hash().hex(), now) : result<void>{};
}

WAYBILL_DECL result<void> publish_aside(registry& to, manifest const& m, package_name const& name,
                                        std::string const& tag, passage& held) {
  if (auto const ok = check_tag(tag); !ok) return ok;
  if (auto const ok = detail::check_publishable(to, m); !ok) return ok;
  if (auto const ok = detail::store_manifest(to, m); !ok) return ok;
  if (auto const ok = detail::settle(to, m, held, true); !ok) return ok;
  auto const tagged = swap_pointer(to.store(), layout::tag_key(name, tag), m.top_hash().hex());
  if (!tagged) return tagged.error();
  // A collection that began after the last look may have read the names before the tag was there.
  return detail::settle(to, m, held, true);
}

}  // namespace waybill::inline WAYBILL_ABI
