#pragma once

#include <waybill/hash/openssl.hpp>

#include <openssl/evp.h>

#include <array>
#include <map>
#include <mutex>
#include <new>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// OpenSSL's implementation of an algorithm under the same name, fetched once per process; null where there is none.
inline evp_md_st const* fetch_evp(algorithm a) {
  // Never freed: hashers may outlive every static object.
  static auto& known = *new std::map<std::string, EVP_MD*, std::less<>>;
  static std::mutex guard;
  std::lock_guard const lock{guard};
  if (auto const found = known.find(a.name()); found != known.end()) return found->second;
  std::string const name{a.name()};
  EVP_MD* md = EVP_MD_fetch(nullptr, name.c_str(), nullptr);
  if (md != nullptr && static_cast<std::size_t>(EVP_MD_get_size(md)) != a.info().size) {
    EVP_MD_free(md);
    md = nullptr;
  }
  known.emplace(name, md);
  return md;
}

inline void require_evp(bool succeeded) {
  if (!succeeded) throw std::bad_alloc{};
}

WAYBILL_DECL bool evp_available(algorithm a) { return fetch_evp(a) != nullptr; }

WAYBILL_DECL void evp_context::deleter::operator()(evp_md_ctx_st* p) const noexcept { EVP_MD_CTX_free(p); }

WAYBILL_DECL evp_context::evp_context(algorithm a)
    : algorithm_{a}, md_{fetch_evp(a)}, context_{md_ != nullptr ? EVP_MD_CTX_new() : nullptr} {
  require_evp(context_ != nullptr);
}

WAYBILL_DECL void evp_context::start() {
  // Without a digest the context takes the one it has: no look-up, no allocation.
  require_evp(EVP_DigestInit_ex2(context_.get(), fresh_ ? md_ : nullptr, nullptr) == 1);
  fresh_ = false;
  started_ = true;
}

WAYBILL_DECL void evp_context::update(byte_view bytes) {
  if (!started_) start();
  require_evp(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

WAYBILL_DECL digest evp_context::finish() {
  if (!started_) start();
  std::array<unsigned char, digest::max_size> out;
  require_evp(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1);
  started_ = false;
  return digest{algorithm_, std::as_bytes(std::span{out}).first(algorithm_.info().size)};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
