#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/message.hpp>

#include <stop_token>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// Shows a text beside the execution; asked for once, as nothing depends on it.
/// @param call  `platform_calls::set_status_detail`  @errors as the client, or what the answer means
[[nodiscard]] WAYBILL_DECL result<void> show_status(any_http_client& client, http_request const& call,
                                                    std::string_view text, std::stop_token const& stop);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/status.ipp>
#endif
