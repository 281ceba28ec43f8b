#pragma once

#include <waybill/hash/multi.hpp>

#include <waybill/hash/chunked.hpp>
#include <waybill/hash/crc64nvme.hpp>
#include <waybill/hash/openssl.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Small enough for a first-level cache together with the hashers' own state.
inline constexpr std::size_t multi_hasher_piece = 16 * 1024;

inline error no_evp_error(algorithm a) {
  return make_error(errc::unknown_algorithm, "this system's OpenSSL does not offer " + std::string{a.name()} +
                                                 " (FIPS mode?); choose another algorithm");
}

}  // namespace detail

WAYBILL_DECL result<any_hasher> make_hasher(algorithm a, std::uint64_t content_size) {
  auto const known = find_algorithm(a.name());
  if (!known) return known.error();
  if (a == algorithms::crc64nvme) return any_hasher{crc64nvme_hasher{}};
  algorithm const base = a == algorithms::sha2_256_chunked ? algorithm{algorithms::sha256} : a;
  if (!detail::evp_available(base)) return detail::no_evp_error(base);
  if (a == algorithms::sha2_256_chunked) return any_hasher{sha2_256_chunked_hasher{content_size}};
  if (a == algorithms::sha512) return any_hasher{sha512_hasher{}};
  if (a == algorithms::sha256) return any_hasher{sha256_hasher{}};
  if (a == algorithms::sha1) return any_hasher{sha1_hasher{}};
  return any_hasher{md5_hasher{}};
}

WAYBILL_DECL result<multi_hasher> multi_hasher::create(std::span<algorithm const> algorithms,
                                                       std::uint64_t content_size) {
  if (algorithms.empty()) return make_error(errc::usage, "no digest algorithm given; name at least one");
  multi_hasher out;
  for (auto const a : algorithms) {
    if (std::ranges::find(out.hashers_, a, &any_hasher::kind) != out.hashers_.end()) continue;
    auto hasher = make_hasher(a, content_size);
    if (!hasher) return hasher.error();
    out.hashers_.push_back(std::move(*hasher));
  }
  return out;
}

WAYBILL_DECL void multi_hasher::update(byte_view bytes) {
  if (hashers_.size() == 1) return hashers_.front().update(bytes);
  while (!bytes.empty()) {
    auto const piece = bytes.first(std::min(bytes.size(), detail::multi_hasher_piece));
    for (auto& hasher : hashers_) hasher.update(piece);
    bytes = bytes.subspan(piece.size());
  }
}

WAYBILL_DECL digest_set multi_hasher::finish() {
  digest_set out;
  for (auto& hasher : hashers_) out.insert(hasher.finish());
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
