#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/hmac_sha256.hpp>
#include <waybill/http/aws_credentials.hpp>
#include <waybill/http/message.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// Where a signature is valid.
struct sigv4_scope {
  std::string region;  ///< `us-east-1` where a service of one's own has no regions
  std::string service = "s3";
};

/// How a path becomes part of what is signed.
enum class sigv4_path {
  s3,         ///< as it is sent: `//`, `.` and `..` belong to the key, nothing is encoded twice
  normalised  ///< every other service: without `//`, `.` and `..`, and encoded once more
};

struct sigv4_options {
  sigv4_path path = sigv4_path::s3;
  bool content_header = true;  ///< sends the payload's hash as `x-amz-content-sha256`, which S3 requires
};

/// The payload hash of a body that is not part of the signature; for presigned URLs, and for https.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// The payload hash of a request without a body: SHA-256 of nothing.
inline constexpr std::string_view empty_payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Signs requests with AWS Signature Version 4.

    Nothing is sent and no clock is asked. The signing key, which depends on day, secret, region and service only, is
    kept from one request to the next. The URL must reach the server as it was signed: a client that rewrites `..` or
    re-encodes (libcurl without CURLOPT_PATH_AS_IS) breaks the signature.

    @threads any number at once
    @format  AWS General Reference, "Signature Version 4 signing process"; for S3 its API Reference, "Authenticating
             Requests (AWS Signature Version 4)"
*/
class sigv4_signer {
 public:
  explicit sigv4_signer(sigv4_scope scope, sigv4_options options = {});

  /** Adds `x-amz-date`, `x-amz-content-sha256` and `x-amz-security-token` (where they apply) and `Authorization`,
      replacing what stands there; the last two are marked secret. Anonymous credentials add nothing.

      Every header field the request has is signed, except those that a client or a proxy may change on the way
      (`Connection`, `Expect`, `User-Agent`, `Transfer-Encoding`, `Accept-Encoding` and the like): add what S3 must see
      unchanged before signing. `Host` is that of the URL unless the request has one. A repeated request is signed anew.

      @param payload_hash  lower-case hex SHA-256 of the body, or `unsigned_payload`
      @errors errc::malformed_url; errc::usage for a scope, credentials or payload hash that cannot be right
      @complexity  one HMAC and one SHA-256 of about a kilobyte
  */
  [[nodiscard]] result<void> sign(http_request& request, aws_credentials const& credentials, timestamp now,
                                  std::string_view payload_hash) const;

  /** The request's URL with a signature in its query, for whoever shall send that request without having the keys.

      The receiver must send every header field that the request has here. The URL is a secret until it expires.
      Anonymous credentials give the URL as it is.

      @param expires  1 second to 7 days, counted from `now`
      @errors as sign; errc::usage for a time outside that range
  */
  [[nodiscard]] result<std::string> presign(http_request const& request, aws_credentials const& credentials,
                                            timestamp now, std::chrono::seconds expires,
                                            std::string_view payload_hash = unsigned_payload) const;

  [[nodiscard]] sigv4_scope const& scope() const noexcept { return scope_; }

 private:
  [[nodiscard]] sha256_bytes signing_key(std::string_view secret, std::string_view date) const;

  sigv4_scope scope_;
  sigv4_options options_;
  mutable std::mutex mutex_;  ///< guards the three below
  mutable std::string key_date_;
  mutable std::string key_secret_;
  mutable sha256_bytes key_{};
};

/// Signs one request. @errors @format as sigv4_signer, which is the better choice for many
[[nodiscard]] WAYBILL_DECL result<void> sigv4_sign(http_request& request, aws_credentials const& credentials,
                                                   sigv4_scope const& scope, timestamp now,
                                                   std::string_view payload_hash, sigv4_options options = {});

/// Presigns one URL. @errors @format as sigv4_signer
[[nodiscard]] WAYBILL_DECL result<std::string> sigv4_presign(http_request const& request,
                                                             aws_credentials const& credentials,
                                                             sigv4_scope const& scope, timestamp now,
                                                             std::chrono::seconds expires, sigv4_options options = {},
                                                             std::string_view payload_hash = unsigned_payload);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/sigv4.ipp>
#endif
