#pragma once

#include <waybill/protocol/dagster_pipes/inflate.hpp>

#include <boost/beast/zlib/inflate_stream.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {
namespace detail {

/// @format RFC 1950 section 8.2
inline std::uint32_t adler32(std::string_view bytes) noexcept {
  constexpr std::uint32_t base = 65521;
  constexpr std::size_t before_overflow = 5552;  // sums of that many bytes fit into 32 bits
  std::uint32_t a = 1, b = 0;
  while (!bytes.empty()) {
    for (char const c : bytes.substr(0, before_overflow)) b += a += static_cast<unsigned char>(c);
    a %= base;
    b %= base;
    bytes.remove_prefix(std::min(bytes.size(), before_overflow));
  }
  return b << 16 | a;
}

inline std::uint32_t big_endian(byte_view four) noexcept {
  std::uint32_t out = 0;
  for (auto const b : four) out = out << 8 | std::to_integer<std::uint32_t>(b);
  return out;
}

inline error no_zlib_stream(std::string why) { return make_error(errc::wrong_type, "no zlib stream: " + why); }

/// True for the two bytes that a stream without a preset dictionary begins with.
inline bool is_zlib_head(byte_view head) noexcept {
  auto const method = std::to_integer<unsigned>(head[0]), flags = std::to_integer<unsigned>(head[1]);
  return (method & 15) == 8 && method >> 4 <= 7 && (method << 8 | flags) % 31 == 0 && (flags & 32) == 0;
}

/// What the deflated part at the front stands for. Its reader looks some bytes beyond the part's end, and does not tell
/// how many; it needs them to be there.
inline result<std::string> inflate_raw(byte_view deflated, std::size_t max_bytes) {
  namespace zlib = boost::beast::zlib;
  zlib::inflate_stream inflating;
  zlib::z_params at;
  at.next_in = deflated.data();
  at.avail_in = deflated.size();
  std::string out;
  std::array<char, 4096> part;
  for (boost::system::error_code ec; ec != zlib::error::end_of_stream;) {
    at.next_out = part.data();
    at.avail_out = part.size();
    inflating.write(at, zlib::Flush::sync, ec);
    auto const made = part.size() - at.avail_out;
    if (ec == zlib::error::need_buffers || (!ec && made == 0)) return no_zlib_stream("it is cut off");
    if (ec && ec != zlib::error::end_of_stream) return no_zlib_stream("its deflated part is damaged");
    if (made > max_bytes - out.size()) return make_error(errc::too_large, "the zlib stream stands for too many bytes");
    out.append(part.data(), made);
  }
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::string> inflate_zlib(byte_view stream, std::size_t max_bytes) {
  constexpr std::size_t head = 2, sum = 4;
  if (stream.size() < head + sum) return detail::no_zlib_stream("it is too short");
  if (!detail::is_zlib_head(stream)) return detail::no_zlib_stream("its first bytes are others");
  auto out = detail::inflate_raw(stream.subspan(head), max_bytes);
  // With a byte too many or too few these are not the checksum.
  if (out && detail::big_endian(stream.last(sum)) != detail::adler32(*out))
    return detail::no_zlib_stream("its checksum is another");
  return out;
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI
