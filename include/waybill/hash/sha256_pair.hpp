#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/hash/openssl.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// Whether this processor hashes two messages at once faster than one after the other (x86-64 with SHA extensions).
[[nodiscard]] WAYBILL_DECL bool sha256_pair_available() noexcept;

/** SHA-256 of two messages at once, of any lengths.

    The rounds of one message wait for each other; those of two do not, so a core gets through the pair in about two
    thirds of the time. What one message is longer is hashed alone. Where the processor cannot, OpenSSL hashes both.

    @return   the sha256 digest of `a` and that of `b`
    @errors   none; std::bad_alloc where OpenSSL is needed and cannot allocate
    @threads  any
    @format   FIPS 180-4 section 6.2
*/
[[nodiscard]] WAYBILL_DECL std::pair<digest, digest> sha256_pair(byte_view a, byte_view b);

/** The same for two messages of one length that come piece by piece: two parts of a large file.
    @threads one thread at a time per object */
class sha256_pair_hasher {
 public:
  sha256_pair_hasher();
  /// @pre both pieces have the same length, a multiple of 64 bytes
  void update(byte_view a, byte_view b);
  /// The two digests; the hasher begins anew.
  [[nodiscard]] std::pair<digest, digest> finish();

 private:
  using words = std::array<std::uint32_t, 8>;
  void start();

  alignas(16) words a_{}, b_{};                     ///< states of the two lanes
  std::uint64_t length_ = 0;                        ///< bytes of each message so far
  std::optional<sha256_hasher> plain_a_, plain_b_;  ///< where the processor cannot
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/sha256_pair.ipp>
#endif
