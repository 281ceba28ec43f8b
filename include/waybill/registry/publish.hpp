#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/fwd.hpp>

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

/// Adds what is being published to the package's history, where the registry keeps histories; the body stands with
/// registry/package_history.hpp. @errors as package_history::add_version
[[nodiscard]] WAYBILL_DECL result<void> note_in_history(registry& in, package_name const& name, manifest const& m,
                                                        timestamp now);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/publish.ipp>
#endif
