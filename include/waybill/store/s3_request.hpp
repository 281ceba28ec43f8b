#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>
#include <waybill/http/url.hpp>
#include <waybill/store/object.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** Where a bucket is and how it is spoken to.

    AWS (no endpoint) is reached at `https://BUCKET.s3.REGION.amazonaws.com`, or with the bucket in the path where its
    name would not fit a certificate; any other endpoint always has the bucket in the path.
    @format Amazon S3 User Guide, "Virtual hosting of general purpose buckets"
*/
struct s3_bucket {
  std::string name;
  std::string region = "us-east-1";  ///< part of the signature; what a service of one's own does not mind
  std::string endpoint{};            ///< `http[s]://host[:port][/path]`; empty: AWS itself
  std::string expected_owner{};      ///< account id the bucket must belong to; empty: any
};

/** Names that end up in a URL's host must not change which host that is.
    @errors errc::usage for a name or region with other characters; errc::malformed_url for the endpoint */
[[nodiscard]] WAYBILL_DECL result<void> check_s3_bucket(s3_bucket const& bucket);

/// What the server is told of a body, and checks: SHA-256 always, and the checksum that it keeps with the object.
struct s3_payload {
  std::uint64_t size = 0;             ///< bytes
  digest sha256;                      ///< of the body; the signature covers it
  std::optional<digest> crc64nvme{};  ///< sent and kept in the place of SHA-256
};

/// What must hold of the key for a request to be done; else 412.
struct s3_condition {
  bool absent = false;                ///< `If-None-Match: *`
  std::optional<std::string> etag{};  ///< `If-Match`, without quotes

  [[nodiscard]] bool any() const noexcept { return absent || etag; }
};

/// A part of a multipart upload that the server has.
struct s3_part {
  std::uint32_t number = 0;  ///< from 1
  std::uint64_t size = 0;    ///< bytes
  std::string etag;          ///< without quotes
  digest_set digests{};      ///< what the server keeps of the part: sha256 or crc64nvme

  friend bool operator==(s3_part const&, s3_part const&) = default;
};

/// An object to copy from, on the same service.
struct s3_copy_source {
  std::string bucket;
  std::string key;
  std::optional<std::string> version{};
  std::optional<std::string> etag{};  ///< the copy fails (412) if the object is another one by now
};

/// A request that is not signed yet.
struct s3_request {
  http_request http;
  std::string payload_hash;  ///< lower-case hex SHA-256 of the body
  std::string body{};        ///< what to send; empty where the caller sends an object's bytes
};

/** Builds the requests of Amazon S3's REST interface for one bucket.

    Plain values: nothing is sent, signed or asked. Keys are UTF-8; everything is percent-encoded here.
    @format Amazon S3 API Reference, 2006-03-01; each function names its operation
    @threads any number at once
*/
class s3_requests {
 public:
  /// @pre check_s3_bucket
  explicit s3_requests(s3_bucket bucket) : bucket_{std::move(bucket)} {}
  [[nodiscard]] s3_bucket const& bucket() const noexcept { return bucket_; }

  using version = std::optional<std::string>;  ///< empty: the object as it is now

  /// GetObject, with its checksum where all of it is asked for. @pre the range is not empty
  [[nodiscard]] s3_request get(std::string_view key, byte_range range, version const& v = {},
                               s3_condition const& condition = {}) const;
  /// HeadObject, with its checksums. @param part  asks for the size of that part of the object instead
  [[nodiscard]] s3_request head(std::string_view key, version const& v = {}, std::uint32_t part = 0) const;
  /// PutObject
  [[nodiscard]] s3_request put(std::string_view key, s3_payload const& payload, s3_condition const& condition) const;
  /// DeleteObject
  [[nodiscard]] s3_request remove(std::string_view key, version const& v = {},
                                  s3_condition const& condition = {}) const;
  /// GetObjectAttributes: size, checksum and parts behind number `after`
  [[nodiscard]] s3_request attributes(std::string_view key, version const& v = {}, std::uint32_t after = 0) const;
  /// CopyObject; the copy gets a SHA-256 of its own
  [[nodiscard]] s3_request copy(s3_copy_source const& from, std::string_view key, s3_condition const& condition) const;

  /// ListObjectsV2. @param token  of the page before; empty for the first
  [[nodiscard]] s3_request list(std::string_view prefix, std::string_view token) const;
  /// ListObjectVersions. @param key_marker,version_marker  of the page before; empty for the first
  [[nodiscard]] s3_request list_versions(std::string_view prefix, std::string_view key_marker,
                                         std::string_view version_marker) const;
  /// GetBucketVersioning
  [[nodiscard]] s3_request versioning() const;

  /// CreateMultipartUpload. @param kept  the checksum of the parts: sha256 or crc64nvme
  [[nodiscard]] s3_request create_upload(std::string_view key, algorithm kept) const;
  /// UploadPart. @param number  from 1
  [[nodiscard]] s3_request upload_part(std::string_view key, std::string_view upload, std::uint32_t number,
                                       s3_payload const& payload) const;
  /// UploadPartCopy. @pre the range has a length
  [[nodiscard]] s3_request copy_part(s3_copy_source const& from, byte_range range, std::string_view key,
                                     std::string_view upload, std::uint32_t number) const;
  /// CompleteMultipartUpload. @param whole  crc64nvme of the object, where that is what is kept
  [[nodiscard]] s3_request complete_upload(std::string_view key, std::string_view upload,
                                           std::span<s3_part const> parts, s3_condition const& condition,
                                           std::optional<digest> const& whole = {}) const;
  /// AbortMultipartUpload
  [[nodiscard]] s3_request abort_upload(std::string_view key, std::string_view upload) const;
  /// ListParts behind number `after`
  [[nodiscard]] s3_request list_parts(std::string_view key, std::string_view upload, std::uint32_t after) const;
  /// ListMultipartUploads of keys that begin with `prefix`
  [[nodiscard]] s3_request list_uploads(std::string_view prefix, std::string_view key_marker,
                                        std::string_view upload_marker) const;

 private:
  [[nodiscard]] s3_request make(std::string method, std::string_view key, std::vector<query_parameter> query) const;
  [[nodiscard]] s3_request make_with_body(std::string_view key, std::vector<query_parameter> query,
                                          std::string body) const;

  s3_bucket bucket_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_request.ipp>
#endif
