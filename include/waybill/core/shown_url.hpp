#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** A URL as messages may show it: without user information, query and fragment, which can hold passwords and
    signatures, and safe for terminals. Also for texts that are no URL. */
[[nodiscard]] WAYBILL_DECL std::string shown_url(std::string_view url);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/shown_url.ipp>
#endif
