#pragma once

#include <waybill/http/client.hpp>

#include <waybill/core/drain.hpp>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL http_body body_of(std::string_view text) {
  return {text.size(), [text]() -> result<std::unique_ptr<byte_source>> {
            return std::unique_ptr<byte_source>{std::make_unique<memory_source>(text)};
          }};
}

WAYBILL_DECL result<std::string> read_body(http_response& response, std::uint64_t max_bytes) {
  return read_text(response, max_bytes, "the answer");
}

}  // namespace waybill::inline WAYBILL_ABI
