#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>

namespace waybill::inline WAYBILL_ABI::detail {

/** The modification time that says: these bytes were checked when they were written, and nobody has written since.

    A second of the past, and nanoseconds that follow from the file's inode, its size and the digest of its bytes.
    Whoever writes to the file, by whatever program, leaves the present time; a copy has another inode, even where its
    times were kept. So a sealed file is as trustworthy as a file that a stat cache knows: unless somebody sets times on
    purpose. It does not guard against a disk that loses bits; reading does.
    @return nanoseconds since 1970 UTC  @format docs/formats.md#objects
*/
[[nodiscard]] WAYBILL_DECL std::int64_t seal_time(file_state const& state, digest const& content) noexcept;

[[nodiscard]] WAYBILL_DECL bool is_sealed(file_state const& state, digest const& content) noexcept;

/// Seals an open file of ours; where the system does not allow it, the file stays as it is and is read when needed.
/// @pre its bytes have that digest
WAYBILL_DECL void seal(int fd, file_state const& state, digest const& content) noexcept;

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/seal.ipp>
#endif
