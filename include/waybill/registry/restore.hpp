#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/part_sums.hpp>
#include <waybill/registry/push_plan.hpp>
#include <waybill/registry/registry.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// A version, and what was put back for it.
struct restored_version {
  manifest version;      ///< of the same top hash; where its bytes lie now
  transfer_report data;  ///< copied: what the registry had lost; skipped: what it has
};

/** Puts back what a registry has lost of a version, from a directory that has the bytes.

    Each entry that `now` has with the same content is looked for where the version says that it lies in the registry;
    what is not there, or has another size, is copied there from the file. Where that gave it another version id the
    stored manifest is replaced by one that differs in nothing else.
    @param now    what the directory holds: entries with their files as places
    @param parts  sums of what was hashed to be pushed; may be null
    @errors errc::object_not_found for what is lost and no file in the directory either; as push_draft
*/
[[nodiscard]] WAYBILL_DECL result<restored_version> restore_version(registry& to, manifest const& version,
                                                                    manifest const& now,
                                                                    push_data_options const& options,
                                                                    job_control const& control);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/restore.ipp>
#endif
