#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// Copies everything a source still has. @return bytes  @errors of both; what the sink took is then worth nothing
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> drain_into(byte_source& source, byte_sink& sink);

/// Everything a source still has, in memory. @param what  names it in errors
/// @errors errc::too_large beyond `max_bytes`; the source's
[[nodiscard]] WAYBILL_DECL result<std::string> read_text(
    byte_source& source, std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max(),
    std::string_view what = "the content");

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/drain.ipp>
#endif
