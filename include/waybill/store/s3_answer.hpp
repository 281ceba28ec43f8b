#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/s3_error.hpp>
#include <waybill/store/s3_request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

// Each function accepts one operation's answer. Errors of all: what s3_error says of a refusal; errc::permanent,
// too_large and too_deep for an answer that is not what the service's reference promises.

/// An object that was stored, copied or put together.
struct s3_stored {
  std::string etag;  ///< without quotes
  std::optional<std::string> version_id{};
  digest_set digests{};                    ///< sha256 or crc64nvme of all its bytes
  std::optional<std::string> composite{};  ///< `base64-N`: SHA-256 of the SHA-256 of N parts
};

/// What an object's head says.
struct s3_head {
  object_info info;                        ///< digests: those the service keeps of all its bytes
  std::optional<std::string> composite{};  ///< as in s3_stored
};

struct s3_list_page {
  std::vector<object_info> objects;  ///< in the service's order
  std::string next{};                ///< token of the next page; empty for none
};

/// A version of an object, or the mark of its removal.
struct s3_version {
  std::string key;
  std::string version_id;  ///< `null` for one that was stored without versions
  std::uint64_t size = 0;  ///< bytes
  std::string etag;
  bool latest = false;
  bool removal = false;  ///< from here on the object is removed
};

struct s3_version_page {
  std::vector<s3_version> versions;  ///< by key; of one key the latest first
  std::string next_key{}, next_version{};
  bool more = false;
};

struct s3_upload_page {
  struct upload {
    std::string key;
    std::string id;
  };
  std::vector<upload> uploads;
  std::string next_key{}, next_upload{};
  bool more = false;
};

struct s3_part_page {
  std::vector<s3_part> parts;  ///< by number
  std::uint32_t next = 0;      ///< the number to go on behind; 0 for none
};

/// What GetObjectAttributes tells.
struct s3_attributes {
  std::uint64_t size = 0;
  std::string etag;
  digest_set digests{};
  std::optional<std::string> composite{};
  std::uint32_t part_count = 0;  ///< 0 for an object that was stored at once
  s3_part_page parts{};          ///< empty where the service does not keep them
};

/// True for a success that is not an `<Error>` in an answer which began before the work was done (Complete, Copy).
[[nodiscard]] WAYBILL_DECL result<void> accept_s3_done(s3_reply const& reply, s3_subject const& subject);

/// The bytes GetObject is about to send: where they begin and how many. @param asked  the range of the request
[[nodiscard]] WAYBILL_DECL result<object_extent> accept_s3_get(s3_reply const& reply, byte_range asked,
                                                               s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_head> accept_s3_head(s3_reply const& reply, s3_subject const& subject);
/// PutObject, UploadPart: what the header says.
[[nodiscard]] WAYBILL_DECL result<s3_stored> accept_s3_put(s3_reply const& reply, s3_subject const& subject);
/// CompleteMultipartUpload, CopyObject, UploadPartCopy: what the body says; checksums also where the header says them.
[[nodiscard]] WAYBILL_DECL result<s3_stored> accept_s3_result(s3_reply const& reply, s3_subject const& subject);
/// CreateMultipartUpload. @return the id of the upload
[[nodiscard]] WAYBILL_DECL result<std::string> accept_s3_upload(s3_reply const& reply, s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_list_page> accept_s3_list(s3_reply const& reply, s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_version_page> accept_s3_versions(s3_reply const& reply, s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_upload_page> accept_s3_uploads(s3_reply const& reply, s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_part_page> accept_s3_parts(s3_reply const& reply, s3_subject const& subject);
[[nodiscard]] WAYBILL_DECL result<s3_attributes> accept_s3_attributes(s3_reply const& reply, s3_subject const& subject);
/// GetBucketVersioning: true while new versions are kept.
[[nodiscard]] WAYBILL_DECL result<bool> accept_s3_versioning(s3_reply const& reply, s3_subject const& subject);

/// The number of parts a composite checksum names, `base64-N`; 0 when it is none.
[[nodiscard]] WAYBILL_DECL std::uint64_t composite_parts(std::string_view composite) noexcept;

/** `sha2-256-chunked` of an object from what S3 keeps of it: from the SHA-256 of all its bytes where it is one part by
    the chunk rule, from a composite where its parts are those of the rule.
    @param part_size  of the first part, where the object has several; S3's tools cut all parts alike
    @format facts of quilt3 8.0.0: the composite's base64 is its digest */
[[nodiscard]] WAYBILL_DECL std::optional<digest> chunked_of_s3(digest_set const& kept,
                                                               std::optional<std::string> const& composite,
                                                               std::uint64_t size,
                                                               std::optional<std::uint64_t> part_size);

namespace detail {

/// The value of a field, empty where there is none. @lifetime refers to the fields
[[nodiscard]] WAYBILL_DECL std::string_view header_text(header_list const& headers, std::string_view name) noexcept;
/// An ETag without its quotes.
[[nodiscard]] WAYBILL_DECL std::string bare_etag(std::string_view text);
/// The error of an answer that is not what S3 answers. @param why  continues "the service's answer"
[[nodiscard]] WAYBILL_DECL error unexpected_answer(s3_subject const& subject, std::string why);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_answer.ipp>
#endif
