#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

/** The bytes that a zlib stream stands for; of the stream nothing may be missing, and nothing may stand behind it.
    @errors errc::wrong_type for what is none, is cut off, or has another checksum; too_large
    @format RFC 1950 and 1951; the deflated part is read by Boost.Beast, which is header-only and comes with Boost */
[[nodiscard]] WAYBILL_DECL result<std::string> inflate_zlib(byte_view stream,
                                                            std::size_t max_bytes = std::size_t{64} << 20);

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dagster_pipes/inflate.ipp>
#endif
