#pragma once

#include <waybill/hash/hmac_sha256.hpp>

#include <waybill/hash/openssl.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL sha256_bytes sha256_of(byte_view bytes) {
  sha256_hasher hasher;
  hasher.update(bytes);
  sha256_bytes out;
  std::ranges::copy(hasher.finish().bytes(), out.begin());
  return out;
}

WAYBILL_DECL sha256_bytes hmac_sha256(byte_view key, byte_view message) {
  // RFC 2104 hashes keys beyond a block anyway; this keeps every length within OpenSSL's int.
  if (key.size() > 64) return hmac_sha256(sha256_of(key), message);
  sha256_bytes out;
  auto const* data = reinterpret_cast<unsigned char const*>(message.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, message.size(),
           reinterpret_cast<unsigned char*>(out.data()), nullptr) == nullptr)
    throw std::bad_alloc{};
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
