#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/hash/hasher.hpp>

#include <memory>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX, so that this header needs no OpenSSL header
struct evp_md_st;

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Whether this OpenSSL offers the algorithm under its name (one in FIPS mode has no MD5). @threads any
[[nodiscard]] WAYBILL_DECL bool evp_available(algorithm a);

/// One reusable EVP context with its digest fetched once; throws std::bad_alloc where OpenSSL cannot allocate or has
/// no such algorithm (`make_hasher` asks `evp_available` first).
class evp_context {
 public:
  explicit evp_context(algorithm a);
  void update(byte_view bytes);
  [[nodiscard]] digest finish();

 private:
  struct deleter {
    void operator()(evp_md_ctx_st* p) const noexcept;
  };
  void start();

  algorithm algorithm_;
  evp_md_st const* md_;
  std::unique_ptr<evp_md_ctx_st, deleter> context_;
  bool fresh_ = true;  ///< the context has not met its digest yet
  bool started_ = false;
};

}  // namespace detail

/// A hasher over OpenSSL's EVP interface (SHA-NI where the processor has it).
template <algorithm_info const& Info>
class openssl_hasher {
 public:
  static constexpr algorithm kind{Info};
  openssl_hasher() : context_{kind} {}
  void update(byte_view bytes) { context_.update(bytes); }
  [[nodiscard]] digest finish() { return context_.finish(); }

 private:
  detail::evp_context context_;
};

using sha256_hasher = openssl_hasher<algorithms::sha256>;
using sha512_hasher = openssl_hasher<algorithms::sha512>;
using sha1_hasher = openssl_hasher<algorithms::sha1>;
using md5_hasher = openssl_hasher<algorithms::md5>;

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/openssl.ipp>
#endif
