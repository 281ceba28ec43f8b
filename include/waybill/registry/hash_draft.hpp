#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/registry/part_sums.hpp>

#include <span>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/** Gives every entry of a draft that lacks them its size and digest, from its local file, on all workers.
    @param parts    gets the sums of what is hashed; may be null
    @errors errc::unsupported for an entry that lies elsewhere; refused for a file that looks like a placeholder (see
            scan/placeholder.hpp); digest_mismatch where a digest that is there is wrong;
            interrupted; as hash_file. Entries hashed before the error keep what was found. */
[[nodiscard]] WAYBILL_DECL result<void> hash_draft(manifest_builder& draft, job_control const& control,
                                                   part_sums* parts = nullptr);

/// The same for entries that lie in local files. @param kinds  digests they get besides sha2-256-chunked and their own
/// @param marked  gets 1 for each entry whose file looks like a placeholder; null: such a file is an error
[[nodiscard]] WAYBILL_DECL result<void> hash_entries(std::span<entry* const> entries, std::span<algorithm const> kinds,
                                                     job_control const& control, part_sums* parts,
                                                     std::vector<unsigned char>* marked);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/hash_draft.ipp>
#endif
