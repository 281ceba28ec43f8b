#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// An error with `***` wherever a secret stands in its texts: who was sent one may repeat it in a complaint.
/// @param secret  empty: nothing is hidden
[[nodiscard]] WAYBILL_DECL error without_secret(error e, std::string_view secret);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/secret.ipp>
#endif
