#pragma once

#include <waybill/driver/valohai/status.hpp>

#include <waybill/core/stream.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/protocol/valohai/platform_calls.hpp>

#include <memory>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<void> show_status(any_http_client& client, http_request const& call, std::string_view text,
                                      std::stop_token const& stop) {
  auto const body = status_body(text);
  auto const content = body_of(body);
  auto const response = client.send(call, &content, stop);
  if (!response) return response.error();
  auto const status = (*response)->status();
  if (is_success(status)) return {};
  return status_error(status, (*response)->headers(), "", call.url);
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
