#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/hash/hasher.hpp>

#include <cstdint>

namespace waybill::inline WAYBILL_ABI {

/** CRC-64/NVME: polynomial 0xAD93D23594C93659, reflected, initial value and final xor all ones; eight big-endian bytes.

    `"123456789"` gives ae8b14860a799888. Carry-less multiplication where the processor has it, else slicing tables.
    @format NVM Express NVM Command Set 1.0, section 5.2.1.3.4 "64b CRC"; checksum `CRC64NVME` of S3
*/
class crc64nvme_hasher {
 public:
  static constexpr algorithm kind{algorithms::crc64nvme};
  void update(byte_view bytes) noexcept;
  [[nodiscard]] digest finish() noexcept;

 private:
  std::uint64_t state_ = ~std::uint64_t{0};
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/crc64nvme.ipp>
#endif
