#pragma once

#include <waybill/store/s3_error.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/http/date.hpp>
#include <waybill/http/retry.hpp>
#include <waybill/store/xml.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

struct s3_code {
  std::string_view code;
  errc means;
  std::string_view advice;  ///< what it says and what to do, in our words
};

inline constexpr std::string_view says_bad_keys =
    "the service does not accept the access key; check the credentials in use";
inline constexpr std::string_view says_old_keys = "the credentials have expired; get new ones";
inline constexpr std::string_view says_busy = "the service is too busy or broke; try again";
inline constexpr std::string_view says_damaged = "the bytes that arrived are not the bytes that were announced";
inline constexpr std::string_view says_not_beside = "this store cannot hold an object beside others below its name";
inline constexpr std::string_view says_other_region = "the bucket is in another region; name that one";

inline constexpr std::array s3_codes{
    s3_code{"NoSuchKey", errc::object_not_found, "there is no object of that key"},
    s3_code{"NotFound", errc::object_not_found, "there is no object of that key"},
    s3_code{"NoSuchVersion", errc::object_not_found, "the bucket does not keep that version of the object"},
    s3_code{"NoSuchBucket", errc::object_not_found,
            "there is no such bucket; check its name, the region and the endpoint"},
    s3_code{"NoSuchUpload", errc::temporary, "somebody else finished or gave up this unfinished upload; try again"},
    s3_code{"AccessDenied", errc::denied, "these credentials may not do that"},
    s3_code{"AllAccessDisabled", errc::denied, "the owner has closed the bucket"},
    s3_code{"AccountProblem", errc::denied, "the service refuses the account"},
    s3_code{"InvalidAccessKeyId", errc::denied, says_bad_keys},
    s3_code{"XAdminUserNotFound", errc::denied, says_bad_keys},
    s3_code{"InvalidToken", errc::denied, "the service does not accept the session token; get new credentials"},
    s3_code{"SignatureDoesNotMatch", errc::denied, "the signature is wrong, so most likely the secret key is"},
    s3_code{"ExpiredToken", errc::denied, says_old_keys},
    s3_code{"TokenRefreshRequired", errc::denied, says_old_keys},
    s3_code{"RequestTimeTooSkewed", errc::denied, "the clock of this machine and that of the service differ"},
    s3_code{"InvalidObjectState", errc::permanent, "the object is archived; restore it first"},
    s3_code{"SlowDown", errc::temporary, says_busy},
    s3_code{"InternalError", errc::temporary, says_busy},
    s3_code{"ServiceUnavailable", errc::temporary, says_busy},
    s3_code{"ServerBusy", errc::temporary, says_busy},
    s3_code{"RequestTimeout", errc::temporary, says_busy},
    s3_code{"OperationAborted", errc::temporary, "another change of the same thing is under way; try again"},
    s3_code{"IncompleteBody", errc::temporary, "the body broke off on its way; try again"},
    s3_code{"PreconditionFailed", errc::lost_race, "the object is not, or no longer, what it was taken for"},
    s3_code{"ConditionalRequestConflict", errc::lost_race, "somebody else writes the same object right now"},
    s3_code{"BadDigest", errc::digest_mismatch, says_damaged},
    s3_code{"InvalidDigest", errc::digest_mismatch, says_damaged},
    s3_code{"XAmzContentSHA256Mismatch", errc::digest_mismatch, says_damaged},
    s3_code{"XAmzContentChecksumMismatch", errc::digest_mismatch, says_damaged},
    s3_code{"ObjectParentIsFile", errc::key_conflict, says_not_beside},
    s3_code{"ExistingObjectIsDirectory", errc::key_conflict, says_not_beside},
    s3_code{"XMinioParentIsObject", errc::key_conflict, says_not_beside},
    s3_code{"XMinioInvalidObjectName", errc::malformed_key, "the service does not accept that key"},
    s3_code{"XMinioInvalidResourceName", errc::malformed_key, "the service does not accept that key"},
    s3_code{"KeyTooLongError", errc::malformed_key, "a key has at most 1,024 bytes"},
    s3_code{"EntityTooLarge", errc::too_large, "more bytes than the service takes"},
    s3_code{"InvalidBucketName", errc::usage, "not the name of a bucket"},
    s3_code{"NotImplemented", errc::unsupported, "the service cannot do that"},
    s3_code{"PermanentRedirect", errc::permanent, says_other_region},
    s3_code{"TemporaryRedirect", errc::permanent, says_other_region},
    s3_code{"AuthorizationHeaderMalformed", errc::denied, says_other_region}};

/// For answers without a code, those to HEAD above all.
inline s3_code s3_code_of_status(int status) {
  switch (status) {
    case 301:
    case 307: return {{}, errc::permanent, says_other_region};
    case 400:
      return {{}, errc::permanent, "the request is refused; expired credentials and a wrong region are answered so"};
    case 401:
    case 403: return {{}, errc::denied, "these credentials may not do that, or are wrong"};
    case 404: return {{}, errc::object_not_found, "there is no object of that key, or no such bucket"};
    case 405: return {{}, errc::object_not_found, "this version of the object is the mark of a removal"};
    case 409: return {{}, errc::lost_race, "somebody else changes the same thing right now"};
    case 412: return {{}, errc::lost_race, "the object is not, or no longer, what it was taken for"};
    case 501: return {{}, errc::unsupported, "the service cannot do that"};
    case 408:
    case 429: return {{}, errc::temporary, says_busy};
    default: return {{}, status >= 500 && status <= 504 ? errc::temporary : errc::permanent, "the request is refused"};
  }
}

/// Texts of a service stand in messages as one short line.
inline std::string shown_words(std::string_view text) {
  constexpr std::size_t most = 300;
  auto out = printable(text.substr(0, most));
  return text.size() > most ? out + "…" : out;
}

inline std::string clocks_apart(s3_failure const& failure, timestamp now) {
  if (!failure.server_time) return {};
  auto const apart = std::chrono::round<std::chrono::seconds>(now - *failure.server_time).count();
  return ": this machine's is " + std::to_string(apart < 0 ? -apart : apart) + " s " +
         (apart < 0 ? "behind" : "ahead") + "; set it right";
}

}  // namespace detail

WAYBILL_DECL std::string s3_subject::place() const {
  auto out = "s3://" + printable(bucket);
  if (!key.empty()) out.append("/").append(printable(key));
  return out;
}

WAYBILL_DECL s3_failure read_s3_failure(s3_reply const& reply) {
  s3_failure out;
  if (auto const root = parse_xml(reply.body, {.max_bytes = std::size_t{64} << 10}); root && root->name == "Error") {
    out.code = detail::shown_words(root->text_of("Code"));
    out.message = detail::shown_words(root->text_of("Message"));
    if (auto const region = root->text_of("Region"); !region.empty()) out.region = std::string{region};
    if (auto const at = parse_rfc3339(root->text_of("ServerTime"))) out.server_time = *at;
  }
  if (auto const* region = reply.headers.find("x-amz-bucket-region")) out.region = *region;
  // A cache's old date would say nothing of the clocks, but answers to signed requests are not kept.
  if (auto const* date = reply.headers.find("Date"); date && !out.server_time) out.server_time = parse_http_date(*date);
  return out;
}

WAYBILL_DECL error s3_error(s3_reply const& reply, s3_subject const& subject) {
  auto const failure = read_s3_failure(reply);
  auto const at = std::ranges::find(detail::s3_codes, failure.code, &detail::s3_code::code);
  auto const known = at == detail::s3_codes.end() ? detail::s3_code_of_status(reply.status) : *at;
  auto detail = "cannot " + std::string{subject.doing} + ": " + std::string{known.advice};
  if (failure.code == "RequestTimeTooSkewed") detail += detail::clocks_apart(failure, subject.now);
  if (known.advice == detail::says_other_region && failure.region)
    detail += " ('" + detail::shown_words(*failure.region) + "')";
  detail += " (the service says " + (failure.code.empty() ? std::to_string(reply.status) : failure.code);
  detail += failure.message.empty() ? ")" : ": " + failure.message + ")";
  auto out = make_error(known.means, std::move(detail), subject.place());
  if (known.means == errc::temporary) out.retry_after = asked_wait(reply.headers);
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
