#pragma once

#include <waybill/core/drain.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<std::uint64_t> drain_into(byte_source& source, byte_sink& sink) {
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (std::uint64_t seen = 0;;) {
    auto const n = source.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return seen;
    seen += *n;
    if (auto const taken = sink.write(byte_view{buffer}.first(*n)); !taken) return taken.error();
  }
}

WAYBILL_DECL result<std::string> read_text(byte_source& source, std::uint64_t max_bytes, std::string_view what) {
  std::string text;
  std::array<std::byte, 16384> buffer;
  for (;;) {
    auto const n = source.read(buffer);
    if (!n) return n.error();
    if (*n == 0) return text;
    if (*n > max_bytes - text.size())
      return make_error(errc::too_large, std::string{what} + " has more than " + std::to_string(max_bytes) + " bytes");
    text.append(as_text(std::span{buffer}.first(*n)));
  }
}

}  // namespace waybill::inline WAYBILL_ABI
