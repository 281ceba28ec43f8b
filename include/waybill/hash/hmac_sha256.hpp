#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>

#include <array>
#include <cstddef>

namespace waybill::inline WAYBILL_ABI {

/// A SHA-256 value without more around it, for protocols that compute with it.
using sha256_bytes = std::array<std::byte, 32>;

/** HMAC-SHA-256 of a message in memory.
    @pre        `key` is shorter than 2 GiB
    @errors     none; std::bad_alloc where OpenSSL cannot allocate
    @threads    any
    @format     RFC 2104, FIPS 198-1; vectors of RFC 4231
*/
[[nodiscard]] WAYBILL_DECL sha256_bytes hmac_sha256(byte_view key, byte_view message);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/hmac_sha256.ipp>
#endif
