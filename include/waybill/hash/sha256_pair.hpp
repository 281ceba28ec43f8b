#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>

namespace waybill::inline WAYBILL_ABI {

/// Whether this processor hashes two buffers at once faster than one after the other (x86-64 with SHA extensions).
[[nodiscard]] WAYBILL_DECL bool sha256_pair_available() noexcept;

/** SHA-256 of two buffers at once, for the parts of `sha2-256-chunked`.

    The rounds of one message wait for each other; those of two do not, so a core gets through the pair in about two
    thirds of the time. Where lengths differ or the processor cannot, both are hashed one after the other.

    @param a, b    best of equal length and not much below a kilobyte
    @param out_a   becomes the sha256 digest of `a`; `out_b` that of `b`
    @errors        none; std::bad_alloc where OpenSSL is needed and cannot allocate
    @threads       any
    @format        FIPS 180-4 section 6.2
*/
WAYBILL_DECL void sha256_pair(byte_view a, byte_view b, digest& out_a, digest& out_b);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/sha256_pair.ipp>
#endif
