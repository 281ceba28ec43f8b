#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// An answer as a value: of an object's bytes only the head, of everything else all of it.
struct s3_reply {
  int status = 0;
  header_list headers;
  std::string body{};
};

/// What a request was about, for errors.
struct s3_subject {
  std::string_view doing;  ///< what was tried, as it follows "cannot": `read`, `store`, `list`
  std::string_view bucket;
  std::string_view key{};  ///< or the prefix of a listing
  timestamp now{};         ///< our clock, to say by how much the service's differs

  /// `s3://bucket/key`, safe to show.
  [[nodiscard]] WAYBILL_DECL std::string place() const;
};

/// What the service said of a request that it refused.
struct s3_failure {
  std::string code;                     ///< `NoSuchKey`, `AccessDenied`, …; empty where it gives none (answers to HEAD)
  std::string message{};                ///< the service's own words: printable, shortened
  std::optional<std::string> region{};  ///< where the bucket is, when that is what is wrong
  std::optional<timestamp> server_time{};
};

/** Reads a refusal; a body that is none (a proxy's page, nothing at all) gives a failure without a code.
    @format Amazon S3 API Reference, "Error responses" */
[[nodiscard]] WAYBILL_DECL s3_failure read_s3_failure(s3_reply const& reply);

/** The error of a refused request.

    errc::object_not_found for a key, version or bucket that does not exist; denied for keys, rights and clocks, with
    the service's code; temporary (with what `Retry-After` asks for) for a service that is busy or broke; lost_race for
    a condition that did not hold; digest_mismatch for bytes that arrived as others; key_conflict, malformed_key,
    too_large, unsupported, usage; permanent for the rest.
*/
[[nodiscard]] WAYBILL_DECL error s3_error(s3_reply const& reply, s3_subject const& subject);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/s3_error.ipp>
#endif
