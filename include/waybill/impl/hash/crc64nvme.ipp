#pragma once

#include <waybill/hash/crc64nvme.hpp>

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#define WAYBILL_CRC64_CLMUL 1
#include <smmintrin.h>
#include <wmmintrin.h>
#endif

namespace waybill::inline WAYBILL_ABI {
namespace detail::crc64 {

/// 0xAD93D23594C93659 with its bits reversed: the lowest bit belongs to the highest power.
inline constexpr std::uint64_t polynomial = 0x9a6c'9329'ac4b'c9b5;

/// value · x mod polynomial
constexpr std::uint64_t times_x(std::uint64_t value) noexcept {
  return value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
}

inline constexpr std::size_t slices = 16;
using table_set = std::array<std::array<std::uint64_t, 256>, slices>;

/// Row k holds what a byte contributes when k more bytes follow it.
constexpr table_set make_tables() noexcept {
  table_set tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < slices; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      auto const before = tables[k - 1][byte];
      tables[k][byte] = tables[0][before & 0xff] ^ before >> 8;
    }
  return tables;
}

inline constexpr table_set tables = make_tables();

inline std::uint64_t load_little(std::byte const* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// Sixteen bytes at a time through tables; runs on every processor (Kounavis and Berry 2005, "slicing").
inline std::uint64_t update_tables(std::uint64_t state, byte_view bytes) noexcept {
  for (; bytes.size() >= slices; bytes = bytes.subspan(slices)) {
    auto const low = load_little(bytes.data()) ^ state;
    auto const high = load_little(bytes.data() + 8);
    state = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      state ^= tables[15 - i][low >> 8 * i & 0xff];
      state ^= tables[7 - i][high >> 8 * i & 0xff];
    }
  }
  for (std::byte const b : bytes) state = tables[0][(state ^ std::to_integer<std::uint64_t>(b)) & 0xff] ^ state >> 8;
  return state;
}

#ifdef WAYBILL_CRC64_CLMUL

/// x^n mod polynomial, reflected: the highest bit belongs to x^0.
constexpr std::uint64_t power_of_x(unsigned n) noexcept {
  std::uint64_t value = std::uint64_t{1} << 63;
  for (; n != 0; --n) value = times_x(value);
  return value;
}

inline constexpr std::size_t lanes = 8;
inline constexpr std::size_t block = lanes * 16;

/** `value` moved ahead of `distance` bits of message, `factors` being x^(distance + 63) and x^(distance - 1).

    The low half of a lane stands 64 powers above its high half; a carry-less product of reflected values comes out one
    power too high, hence the -1. @format Intel, "Fast CRC Computation … Using PCLMULQDQ" (Gopal et al. 2009)
*/
__attribute__((target("pclmul,sse4.1"), always_inline)) inline __m128i fold(__m128i value, __m128i factors) noexcept {
  return _mm_xor_si128(_mm_clmulepi64_si128(value, factors, 0x00), _mm_clmulepi64_si128(value, factors, 0x11));
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i factors_of(std::uint64_t low, std::uint64_t high) noexcept {
  return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

/// Folds blocks of eight lanes into one lane and hands that, and what is left, to the tables. @pre at least one block
__attribute__((target("pclmul,sse4.1"))) inline std::uint64_t update_clmul(std::uint64_t state,
                                                                           byte_view bytes) noexcept {
  auto const lane = [](std::byte const* at) __attribute__((target("pclmul,sse4.1"), always_inline)) {
    return _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
  };
  constexpr auto far_low = power_of_x(8 * block + 63);
  constexpr auto far_high = power_of_x(8 * block - 1);
  constexpr auto near_low = power_of_x(128 + 63);
  constexpr auto near_high = power_of_x(128 - 1);
  __m128i const far = factors_of(far_low, far_high);
  __m128i const near = factors_of(near_low, near_high);

  __m128i sum[lanes];
  for (std::size_t i = 0; i < lanes; ++i) sum[i] = lane(bytes.data() + 16 * i);
  sum[0] = _mm_xor_si128(sum[0], factors_of(state, 0));
  for (bytes = bytes.subspan(block); bytes.size() >= block; bytes = bytes.subspan(block))
    for (std::size_t i = 0; i < lanes; ++i) sum[i] = _mm_xor_si128(fold(sum[i], far), lane(bytes.data() + 16 * i));
  for (std::size_t i = 1; i < lanes; ++i) sum[0] = _mm_xor_si128(fold(sum[0], near), sum[i]);
  for (; bytes.size() >= 16; bytes = bytes.subspan(16)) sum[0] = _mm_xor_si128(fold(sum[0], near), lane(bytes.data()));

  std::array<std::byte, 16> rest;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest.data()), sum[0]);
  return update_tables(update_tables(0, rest), bytes);
}

inline bool has_clmul() noexcept {
  static bool const has = [] {
    __builtin_cpu_init();
    return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
  }();
  return has;
}

#endif

}  // namespace detail::crc64

WAYBILL_DECL void crc64nvme_hasher::update(byte_view bytes) noexcept {
#ifdef WAYBILL_CRC64_CLMUL
  if (bytes.size() >= detail::crc64::block && detail::crc64::has_clmul()) {
    state_ = detail::crc64::update_clmul(state_, bytes);
    return;
  }
#endif
  state_ = detail::crc64::update_tables(state_, bytes);
}

WAYBILL_DECL digest crc64nvme_hasher::finish() noexcept {
  std::uint64_t const value = ~state_;
  state_ = ~std::uint64_t{0};
  std::array<std::byte, 8> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(value >> (56 - 8 * i) & 0xff);
  return digest{kind, out};
}

}  // namespace waybill::inline WAYBILL_ABI
