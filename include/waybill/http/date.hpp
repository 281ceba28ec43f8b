#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>

#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** The instant an HTTP date names, or nothing where the text is none; all three forms are read, names of days are not
    checked. Two digits of a year mean 1970 to 2069.
    @format RFC 9110 section 5.6.7 */
[[nodiscard]] WAYBILL_DECL std::optional<timestamp> parse_http_date(std::string_view text) noexcept;

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/date.ipp>
#endif
