#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/gate.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>

#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** Publishes a manifest as the version that follows `base`, and only then: where `registry::publish` lets the last of
    two writers be latest, here the later one is told to look at the other's version first.

    Order: manifest, tag, `latest` by compare-and-swap, history, timestamp pointer. Who is killed behind the swap has
    published; calling again finishes what is missing.
    @param base  top hash that `latest` has; empty: there is no such package yet
    @param tag   of this version alone; taken back where the race is lost
    @param held  in which its bytes were found or stored in the registry
    @pre         no other version has the same top hash
    @errors      errc::lost_race where `latest` is another version by now, or a collection took bytes that were found;
                 as registry::publish */
[[nodiscard]] WAYBILL_DECL result<void> publish_onto(registry& to, manifest const& m, package_name const& name,
                                                     std::optional<std::string> const& base, std::string const& tag,
                                                     timestamp now, passage& held);

/** Stores a manifest under a tag without making it anybody's latest: a version that can be read, and is kept.
    @param held, @errors  as publish_onto */
[[nodiscard]] WAYBILL_DECL result<void> publish_aside(registry& to, manifest const& m, package_name const& name,
                                                      std::string const& tag, passage& held);

/// Writes history and timestamp pointer of a version that is latest; nothing where another one has followed.
/// @errors as registry::publish
[[nodiscard]] WAYBILL_DECL result<void> finish_publication(registry& in, manifest const& m, package_name const& name,
                                                           timestamp now);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/publish_onto.ipp>
#endif
