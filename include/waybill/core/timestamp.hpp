#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// An instant in UTC. The core never asks the clock; whoever calls it says what time it is.
using timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// `2026-11-20T19:03:43Z`, with as many fraction digits (0, 3, 6 or 9) as the value needs. @format RFC 3339 section 5.6
[[nodiscard]] WAYBILL_DECL std::string to_rfc3339(timestamp t);

/** Reads an RFC 3339 date-time with `Z` or an offset, or a date alone (midnight UTC).

    Digits beyond nanoseconds are dropped; second 60 at the end of a UTC month is the second after. Instants reach from
    1677-09-21 to 2262-04-11.
    @errors errc::wrong_type when the text is none, or names no instant of that range
    @format RFC 3339 section 5.6; a space for the `T` is taken as well
*/
[[nodiscard]] WAYBILL_DECL result<timestamp> parse_rfc3339(std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/timestamp.ipp>
#endif
