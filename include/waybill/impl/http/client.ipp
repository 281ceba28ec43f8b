#pragma once

#include <waybill/http/client.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<std::string> read_body(http_response& response, std::uint64_t max_bytes) {
  std::string text;
  std::array<std::byte, 16384> buffer;
  for (;;) {
    auto const n = response.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return text;
    if (*n > max_bytes - text.size())
      return make_error(errc::too_large, "the answer has more than " + std::to_string(max_bytes) + " bytes");
    text.append(as_text(std::span{buffer}.first(*n)));
  }
}

}  // namespace waybill::inline WAYBILL_ABI
