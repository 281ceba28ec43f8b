#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What `api.json` lets an execution ask of the platform without a token: requests that are authorised by themselves.
struct platform_calls {
  std::optional<http_request> set_status_detail{};  ///< shows a text beside the execution; its body: `status_body`
};

/** Reads `api.json`. Calls this kit does not use are ignored. Every field of a header is a secret: it may authorise.
    @errors as json::parse; errc::missing_member, wrong_type
    @format valohai-utils 0.8, api_calls.py and controller_api.py */
[[nodiscard]] WAYBILL_DECL result<platform_calls> read_platform_calls(std::string_view text);

/// The body of `set_status_detail`.
[[nodiscard]] WAYBILL_DECL std::string status_body(std::string_view text);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/platform_calls.ipp>
#endif
