#pragma once

#include <waybill/hash/hmac_sha256.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL sha256_bytes hmac_sha256(byte_view key, byte_view message) {
  sha256_bytes out;
  auto const* secret = key.empty() ? out.data() : key.data();  // OpenSSL refuses null even for no bytes
  auto const* data = reinterpret_cast<unsigned char const*>(message.data());
  if (HMAC(EVP_sha256(), secret, static_cast<int>(key.size()), data, message.size(),
           reinterpret_cast<unsigned char*>(out.data()), nullptr) == nullptr)
    throw std::bad_alloc{};
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
