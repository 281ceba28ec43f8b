#pragma once

#include <waybill/algebra/diff.hpp>
#include <waybill/config.hpp>

namespace waybill::inline WAYBILL_ABI {

/** Pairs removed with added entries of exactly the same content (size, strongest common digest) and metadata.

    Exact only: no similarity is guessed. Empty files are never paired. Where several share one content, pairs of equal
    last segment come first, then walk order; every entry is used once. Paired entries leave `added` and `removed`.
    @complexity O(n log n) in added and removed
*/
WAYBILL_DECL void find_renames(diff& d);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/renames.ipp>
#endif
