#pragma once

#include <waybill/hash/sha256_pair.hpp>

#include <waybill/hash/openssl.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__x86_64__) && defined(__GNUC__)
#define WAYBILL_SHA256_NI 1
#include <cpuid.h>
#include <immintrin.h>
#define WAYBILL_SHA256_STEP __attribute__((target("sha,sse4.1"), always_inline)) inline
#endif

namespace waybill::inline WAYBILL_ABI {
#ifdef WAYBILL_SHA256_NI
namespace detail::sha256_ni {

inline constexpr std::size_t block = 64;

/// FIPS 180-4 section 4.2.2
alignas(16) inline constexpr std::array<std::uint32_t, 64> constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// A message's hash so far, in the order the instructions want: F E B A and H G D C.
using state = std::array<std::uint32_t, 8>;

/// FIPS 180-4 section 5.3.3
alignas(16) inline constexpr state initial{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667,
                                           0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372};

/// A message in work: its state, and the sixteen words of its schedule that are in use.
struct lane {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];
};

WAYBILL_SHA256_STEP __m128i load(void const* at) noexcept { return _mm_loadu_si128(static_cast<__m128i const*>(at)); }

WAYBILL_SHA256_STEP lane load_lane(state const& words) noexcept {
  return {load(words.data()), load(words.data() + 4), {}};
}

WAYBILL_SHA256_STEP void store_lane(lane const& l, state& words) noexcept {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(words.data()), l.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(words.data() + 4), l.cdgh);
}

/// Rounds 4 · I to 4 · I + 3 and the part of the schedule that needs their words (Intel, "SHA Extensions", 2013).
template <std::size_t I>
WAYBILL_SHA256_STEP void four_rounds(lane& l) noexcept {
  __m128i const now = l.words[I % 4];
  __m128i& next = l.words[(I + 1) % 4];
  __m128i& last = l.words[(I + 3) % 4];
  __m128i const sum = _mm_add_epi32(now, load(constants.data() + 4 * I));
  l.cdgh = _mm_sha256rnds2_epu32(l.cdgh, l.abef, sum);
  if constexpr (I >= 3 && I < 15) next = _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(now, last, 4)), now);
  l.abef = _mm_sha256rnds2_epu32(l.abef, l.cdgh, _mm_shuffle_epi32(sum, 0x0e));
  if constexpr (I >= 1 && I < 13) last = _mm_sha256msg1_epu32(last, now);
}

template <std::size_t I, class... Lane>
WAYBILL_SHA256_STEP void four_rounds_of_each(Lane&... lanes) noexcept {
  (four_rounds<I>(lanes), ...);
}

template <std::size_t... I, class... Lane>
WAYBILL_SHA256_STEP void all_rounds(std::index_sequence<I...>, Lane&... lanes) noexcept {
  (four_rounds_of_each<I>(lanes...), ...);
}

WAYBILL_SHA256_STEP void load_words(lane& l, std::byte const* at) noexcept {
  __m128i const big_endian = _mm_set_epi64x(0x0c0d'0e0f'0809'0a0b, 0x0405'0607'0001'0203);
  l.words[0] = _mm_shuffle_epi8(load(at), big_endian);
  l.words[1] = _mm_shuffle_epi8(load(at + 16), big_endian);
  l.words[2] = _mm_shuffle_epi8(load(at + 32), big_endian);
  l.words[3] = _mm_shuffle_epi8(load(at + 48), big_endian);
}

#define WAYBILL_SHA256_TARGET __attribute__((target("sha,sse4.1"))) inline

/// Hashes blocks of one message.
WAYBILL_SHA256_TARGET void compress(state& of_a, std::byte const* a_bytes, std::size_t blocks) noexcept {
  lane a = load_lane(of_a);
  for (; blocks != 0; --blocks, a_bytes += block) {
    __m128i const before[] = {a.abef, a.cdgh};
    load_words(a, a_bytes);
    all_rounds(std::make_index_sequence<16>{}, a);
    a.abef = _mm_add_epi32(a.abef, before[0]);
    a.cdgh = _mm_add_epi32(a.cdgh, before[1]);
  }
  store_lane(a, of_a);
}

/// Hashes as many blocks of each of two messages, round by round in turn.
WAYBILL_SHA256_TARGET void compress(state& of_a, state& of_b, std::byte const* a_bytes, std::byte const* b_bytes,
                                    std::size_t blocks) noexcept {
  lane a = load_lane(of_a);
  lane b = load_lane(of_b);
  for (; blocks != 0; --blocks, a_bytes += block, b_bytes += block) {
    __m128i const before[] = {a.abef, a.cdgh, b.abef, b.cdgh};
    load_words(a, a_bytes);
    load_words(b, b_bytes);
    all_rounds(std::make_index_sequence<16>{}, a, b);
    a.abef = _mm_add_epi32(a.abef, before[0]);
    a.cdgh = _mm_add_epi32(a.cdgh, before[1]);
    b.abef = _mm_add_epi32(b.abef, before[2]);
    b.cdgh = _mm_add_epi32(b.cdgh, before[3]);
  }
  store_lane(a, of_a);
  store_lane(b, of_b);
}
#undef WAYBILL_SHA256_TARGET

/// The last, padded blocks of a message (FIPS 180-4 section 5.1.1).
struct tail {
  std::array<std::byte, 2 * block> bytes{};
  std::size_t blocks;

  /// @param rest  what is left behind the whole blocks of a message of `length` bytes
  tail(byte_view rest, std::uint64_t length) noexcept : blocks{rest.size() < block - 8 ? 1U : 2U} {
    if (!rest.empty()) std::memcpy(bytes.data(), rest.data(), rest.size());
    bytes[rest.size()] = std::byte{0x80};
    std::uint64_t bits = length * 8;
    for (std::size_t i = blocks * block; bits != 0; bits >>= 8) bytes[--i] = static_cast<std::byte>(bits & 0xff);
  }
};

/// The blocks of a message that are left to hash: whole ones where they lie, then the padded tail.
class remaining_blocks {
 public:
  explicit remaining_blocks(byte_view message) noexcept
      : tail_{message.last(message.size() % block), message.size()},
        at_{message.data()},
        here_{message.size() / block},
        behind_{tail_.blocks} {
    step_over();
  }
  remaining_blocks(remaining_blocks const&) = delete;
  remaining_blocks& operator=(remaining_blocks const&) = delete;

  [[nodiscard]] std::size_t here() const noexcept { return here_; }  ///< 0 at the end
  [[nodiscard]] std::byte const* data() const noexcept { return at_; }
  void take(std::size_t blocks) noexcept {
    at_ += blocks * block;
    here_ -= blocks;
    step_over();
  }

 private:
  void step_over() noexcept {
    if (here_ != 0) return;
    at_ = tail_.bytes.data();
    here_ = std::exchange(behind_, 0);
  }

  tail tail_;
  std::byte const* at_;
  std::size_t here_;
  std::size_t behind_;
};

inline digest digest_of(state const& words) noexcept {
  std::array<std::byte, 32> out;
  constexpr std::size_t order[] = {3, 2, 7, 6, 1, 0, 5, 4};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::byte>(words[order[i / 4]] >> (24 - 8 * (i % 4)) & 0xff);
  return digest{algorithms::sha256, out};
}

inline std::pair<digest, digest> hash_pair(byte_view a, byte_view b) noexcept {
  alignas(16) state of_a = initial;
  alignas(16) state of_b = initial;
  remaining_blocks left_a{a};
  remaining_blocks left_b{b};
  while (auto const both = std::min(left_a.here(), left_b.here())) {
    compress(of_a, of_b, left_a.data(), left_b.data(), both);
    left_a.take(both);
    left_b.take(both);
  }
  for (; left_a.here() != 0; left_a.take(left_a.here())) compress(of_a, left_a.data(), left_a.here());
  for (; left_b.here() != 0; left_b.take(left_b.here())) compress(of_b, left_b.data(), left_b.here());
  return {digest_of(of_a), digest_of(of_b)};
}

inline bool supported() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  bool const sse = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0;
  return sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

}  // namespace detail::sha256_ni
#endif

WAYBILL_DECL bool sha256_pair_available() noexcept {
#ifdef WAYBILL_SHA256_NI
  static bool const available = detail::sha256_ni::supported();
  return available;
#else
  return false;
#endif
}

WAYBILL_DECL std::pair<digest, digest> sha256_pair(byte_view a, byte_view b) {
#ifdef WAYBILL_SHA256_NI
  if (sha256_pair_available()) return detail::sha256_ni::hash_pair(a, b);
#endif
  return {hash_bytes<sha256_hasher>(a), hash_bytes<sha256_hasher>(b)};
}

WAYBILL_DECL sha256_pair_hasher::sha256_pair_hasher() { start(); }

WAYBILL_DECL void sha256_pair_hasher::start() {
  length_ = 0;
#ifdef WAYBILL_SHA256_NI
  if (sha256_pair_available()) {
    a_ = b_ = detail::sha256_ni::initial;
    return;
  }
#endif
  if (!plain_a_) plain_a_.emplace();
  if (!plain_b_) plain_b_.emplace();
}

WAYBILL_DECL void sha256_pair_hasher::update(byte_view a, byte_view b) {
  length_ += a.size();
#ifdef WAYBILL_SHA256_NI
  if (!plain_a_) return detail::sha256_ni::compress(a_, b_, a.data(), b.data(), a.size() / detail::sha256_ni::block);
#endif
  plain_a_->update(a);
  plain_b_->update(b);
}

WAYBILL_DECL std::pair<digest, digest> sha256_pair_hasher::finish() {
#ifdef WAYBILL_SHA256_NI
  if (!plain_a_) {
    detail::sha256_ni::tail const end{{}, length_};
    detail::sha256_ni::compress(a_, b_, end.bytes.data(), end.bytes.data(), end.blocks);
    std::pair const out{detail::sha256_ni::digest_of(a_), detail::sha256_ni::digest_of(b_)};
    start();
    return out;
  }
#endif
  std::pair const out{plain_a_->finish(), plain_b_->finish()};
  start();
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_SHA256_NI
#undef WAYBILL_SHA256_STEP
#endif
