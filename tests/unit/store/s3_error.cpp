#include <waybill/store/s3_error.hpp>

#include "scripted_client.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

timestamp const noon = parse_rfc3339("2026-11-25T12:00:00Z").value();
s3_subject const subject{"read", "bucket", "some/key", noon};

error error_of(scripted_answer const& a) { return s3_error({a.status, a.headers, a.body}, subject); }
error error_of(int status, std::string const& code) { return error_of(s3_refusal(status, code)); }

}  // namespace

TEST_CASE("what the service says decides what the error is") {
  for (auto const& [status, code, means] : std::vector<std::tuple<int, std::string, errc>>{
           {404, "NoSuchKey", errc::object_not_found},     {404, "NoSuchBucket", errc::object_not_found},
           {404, "NoSuchVersion", errc::object_not_found}, {403, "AccessDenied", errc::denied},
           {403, "InvalidAccessKeyId", errc::denied},      {404, "InvalidAccessKeyId", errc::denied},
           {403, "SignatureDoesNotMatch", errc::denied},   {400, "ExpiredToken", errc::denied},
           {403, "RequestTimeTooSkewed", errc::denied},    {503, "SlowDown", errc::temporary},
           {500, "InternalError", errc::temporary},        {503, "ServiceUnavailable", errc::temporary},
           {400, "RequestTimeout", errc::temporary},       {400, "IncompleteBody", errc::temporary},
           {412, "PreconditionFailed", errc::lost_race},   {409, "ConditionalRequestConflict", errc::lost_race},
           {400, "BadDigest", errc::digest_mismatch},      {400, "XAmzContentSHA256Mismatch", errc::digest_mismatch},
           {400, "InvalidDigest", errc::digest_mismatch},  {409, "ObjectParentIsFile", errc::key_conflict},
           {400, "KeyTooLongError", errc::malformed_key},  {501, "NotImplemented", errc::unsupported},
           {301, "PermanentRedirect", errc::permanent},    {400, "SomethingNew", errc::permanent},
           {503, "SomethingNew", errc::temporary}}) {
    auto const e = error_of(status, code);
    INFO(code);
    CHECK(e.code == means);
    CHECK_THAT(e.message(), contains(code) && contains("s3://bucket/some/key") && contains("cannot read"));
  }
}

TEST_CASE("an answer without a code is judged by its status") {
  for (auto const& [status, means] : std::vector<std::pair<int, errc>>{{301, errc::permanent},
                                                                       {400, errc::permanent},
                                                                       {401, errc::denied},
                                                                       {403, errc::denied},
                                                                       {404, errc::object_not_found},
                                                                       {405, errc::object_not_found},
                                                                       {409, errc::lost_race},
                                                                       {412, errc::lost_race},
                                                                       {418, errc::permanent},
                                                                       {429, errc::temporary},
                                                                       {500, errc::temporary},
                                                                       {501, errc::unsupported},
                                                                       {502, errc::temporary},
                                                                       {503, errc::temporary},
                                                                       {504, errc::temporary},
                                                                       {507, errc::permanent}})
    for (std::string const body : {"", "<html><body>Bad gateway</body></html>", "<Error>", "{}"}) {
      INFO(status << body);
      auto const e = error_of({status, {}, body});
      CHECK(e.code == means);
      CHECK_THAT(e.message(), contains(std::to_string(status)));
    }
}

TEST_CASE("a busy service says when to come back") {
  auto busy = s3_refusal(503, "SlowDown");
  busy.headers.add({"Retry-After", "7"});
  CHECK(error_of(busy).retry_after == 7s);
  CHECK(error_of(s3_refusal(503, "SlowDown")).retry_after == 0s);
}

TEST_CASE("clocks that differ are named with the difference") {
  auto const behind =
      error_of(s3_refusal(403, "RequestTimeTooSkewed", "<ServerTime>2026-11-25T12:20:00Z</ServerTime>"));
  CHECK_THAT(behind.message(), contains("1200 s behind"));
  auto by_date = s3_refusal(403, "RequestTimeTooSkewed");
  by_date.headers.add({"Date", "Wed, 25 Nov 2026 11:00:00 GMT"});
  CHECK_THAT(error_of(by_date).message(), contains("3600 s ahead"));
}

TEST_CASE("the words of a service are shown as one safe line and no longer than needed") {
  scripted_answer hostile{400,
                          {},
                          "<Error><Code>Odd&#10;Code</Code><Message>" + std::string(10'000, 'x') +
                              "\n\x1b[31m</Message><StringToSign>secret thing</StringToSign></Error>"};
  auto const text = error_of(hostile).message();
  CHECK(text.size() < 1'000);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("secret thing") == std::string::npos);
}

TEST_CASE("the region of a bucket is found in the body or the header") {
  auto const wrong = s3_refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>");
  CHECK(read_s3_failure({wrong.status, wrong.headers, wrong.body}).region == "eu-west-1");
  CHECK(read_s3_failure({301, {{"x-amz-bucket-region", "eu-west-2"}}, ""}).region == "eu-west-2");
  CHECK_FALSE(read_s3_failure({301, {}, ""}).region);
  CHECK_THAT(error_of(wrong).message(), contains("eu-west-1"));
}
