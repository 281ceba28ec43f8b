#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>

#include <span>

namespace waybill::inline WAYBILL_ABI {

/** Merges sorted parts into one manifest; shards of a manifest combine to exactly that manifest.

    The first part's header is kept. An entry that stands in several parts must be the same in all.
    @errors errc::usage without parts; errc::duplicate_key for a key with two meanings, a directory's metadata included;
            key_conflict; size_out_of_range when the sizes add up to more than 2^63-1 bytes
    @complexity O(n log parts)
*/
[[nodiscard]] WAYBILL_DECL result<manifest> combine(std::span<manifest const> parts);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/combine.ipp>
#endif
