#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/fwd.hpp>
#include <waybill/registry/gate.hpp>
#include <waybill/registry/reference.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI::detail {

/// Have two manifests the same metadata of directories? A top hash does not say so.
[[nodiscard]] WAYBILL_DECL bool same_directories(manifest const& a, manifest const& b);

/// Would every reader of the registry find a manifest's bytes?
/// @errors errc::local_pointers, naming the first entry in the way
[[nodiscard]] WAYBILL_DECL result<void> check_publishable(registry const& to, manifest const& m);

/** Stores a manifest under its top hash; a good one that is there stays, unless it needs places outside the registry
    and this one does not. A damaged one is replaced.
    @errors errc::refused when the same top hash is stored with other metadata of directories; the store's */
[[nodiscard]] WAYBILL_DECL result<void> store_manifest(registry& to, manifest const& m);

/// Stores a manifest in the place of the one of that top hash, whatever it names. @errors the store's
[[nodiscard]] WAYBILL_DECL result<void> replace_manifest(registry& to, manifest const& m);

/// Has the registry the objects that a manifest names and that nothing else holds?
/// @errors errc::object_not_found, naming the first entry in the way; the store's
[[nodiscard]] WAYBILL_DECL result<void> check_stored(registry const& in, manifest const& m);

/// Looks again what is there, and puts the manifest back, as long as collections were at work. @param found  the caller
/// had seen the bytes: that they are gone is errc::lost_race  @errors as check_stored and passage::undisturbed
[[nodiscard]] WAYBILL_DECL result<void> settle(registry& to, manifest const& m, passage& held, bool found);

/** Manifest, history, pointers: what registry::publish does once it is known that it may.

    Where a collection was at work meanwhile, what the manifest names is looked for before it is named by anything, and
    once more afterwards: from then on collections see it. @errors as registry::publish */
[[nodiscard]] WAYBILL_DECL result<publication> publish_version(registry& to, manifest const& m,
                                                               package_name const& name,
                                                               std::span<std::string const> tags, timestamp now,
                                                               passage* held);

/// Makes a pointer hold a version that is there, and stays there. @return what it held before
/// @errors errc::version_not_found; as swap_pointer
[[nodiscard]] WAYBILL_DECL result<std::optional<std::string>> point_at(registry& in, std::string const& key,
                                                                       std::string_view top_hash);

/// Adds what is being published to the package's history, where the registry keeps histories; the body stands with
/// registry/package_history.hpp. @errors as package_history::add_version
[[nodiscard]] WAYBILL_DECL result<void> note_in_history(registry& in, package_name const& name, manifest const& m,
                                                        timestamp now);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/publish.ipp>
#endif
