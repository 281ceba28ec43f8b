#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/gate.hpp>
#include <waybill/registry/registry.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

struct collection_options {
  /// What has lain there for less stays, whatever names it. Zero: everything counts, of whatever age.
  std::chrono::nanoseconds older_than = std::chrono::hours{24};
  timestamp now{};
  std::string nonce{};   ///< a text that no other collection uses
  bool dry_run = false;  ///< tells what would be removed, and changes nothing
  gate_times times{};
};

/// Manifests and objects, and their bytes.
struct collection_figures {
  std::uint64_t manifests = 0, objects = 0;
  std::uint64_t bytes = 0;  ///< of both
};

/// What a collection removed, and what it left.
struct collection {
  std::vector<std::string> manifests;  ///< top hashes, sorted
  collection_figures removed;
  collection_figures kept;   ///< what something needs
  collection_figures young;  ///< what nothing needs, but is younger than asked for
};

/** Removes the manifests that nothing names and the objects that nothing needs (registry/reachable.hpp).

    Only what is named by its content is removed: `.quilt/packages/<top hash>` and `.waybill/objects/…`. Data that was
    pushed with a prefix lies at places that are its owner's. A bucket with versions keeps what was removed as older
    versions.

    Everything is read first. Then the gate is closed (registry/gate.hpp), what has changed is read again, manifests are
    removed, and when that is on disk, the objects; so no manifest is ever left without its bytes, and a collection that
    was killed can be repeated. What was stored after it began is never removed.
    @errors as reachable and closed_gate::close: then nothing was removed; the store's, errc::interrupted, lost_race:
            then some of it may be
    @complexity reads every manifest and every log once; memory is the key of each object
    @format docs/history.md#collections */
[[nodiscard]] WAYBILL_DECL result<collection> collect(registry& from, collection_options const& options,
                                                      job_control const& control);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/collect.ipp>
#endif
