#include <waybill/http/aws_credentials.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using from = aws_credential_answer;

TEST_CASE("credentials of a program are read with and without an end") {
  auto const temporary = parse_aws_credentials(
      R"({"Version": 1, "AccessKeyId": "AK", "SecretAccessKey": "S+/", "SessionToken": "T==",
          "Expiration": "2026-11-20T19:03:43+01:00", "AccountId": "1"})",
      from::process);
  REQUIRE(temporary);
  CHECK(temporary->access_key_id == "AK");
  CHECK(temporary->secret_access_key == "S+/");
  CHECK(temporary->session_token == "T==");
  CHECK(temporary->expires == parse_rfc3339("2026-11-20T18:03:43Z").value());
  CHECK_FALSE(temporary->anonymous());
  auto const lasting = parse_aws_credentials(
      R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"S","Expiration":null})", from::process);
  REQUIRE(lasting);
  CHECK(lasting->session_token.empty());
  CHECK_FALSE(lasting->expires);
}

TEST_CASE("credentials of metadata services are read") {
  auto const container = parse_aws_credentials(
      R"({"RoleArn":"r","AccessKeyId":"AK","SecretAccessKey":"S","Token":"T","Expiration":"2026-11-20T19:03:43Z"})",
      from::container);
  REQUIRE(container);
  CHECK(container->session_token == "T");
  CHECK(container->expires == parse_rfc3339("2026-11-20T19:03:43Z").value());
  auto const instance = parse_aws_credentials(
      R"({"Code":"Success","LastUpdated":"2026-11-20T13:03:43Z","Type":"AWS-HMAC","AccessKeyId":"AK",
          "SecretAccessKey":"S","Token":"T","Expiration":"2026-11-20T19:03:43Z"})",
      from::instance);
  REQUIRE(instance);
  CHECK(instance->access_key_id == "AK");
}

TEST_CASE("an answer that holds no credentials is refused and nothing secret of it shown") {
  struct bad_answer {
    std::string text;
    aws_credential_answer from;
    errc code;
  };
  for (auto const& [text, source, code] : {
           bad_answer{R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"hush)", from::process,
                      errc::malformed_json},
           {"hush", from::process, errc::malformed_json},
           {"[\"hush\"]", from::process, errc::wrong_type},
           {R"({"AccessKeyId":"AK","SecretAccessKey":"hush"})", from::process, errc::missing_member},
           {R"({"Version":2,"AccessKeyId":"AK","SecretAccessKey":"hush"})", from::process, errc::unsupported},
           {R"({"Version":1,"AccessKeyId":"AK"})", from::process, errc::missing_member},
           {R"({"Version":1,"AccessKeyId":"","SecretAccessKey":"hush"})", from::process, errc::missing_member},
           {R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":""})", from::process, errc::missing_member},
           {R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":["hush"]})", from::process, errc::wrong_type},
           {R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"hush","Expiration":"hush"})", from::process,
            errc::wrong_type},
           {R"({"AccessKeyId":"AK","SecretAccessKey":"hush","Token":"hush"})", from::container, errc::missing_member},
           {R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"hush"})", from::instance, errc::denied},
           {R"({"code":"NoAuthorization","message":"hush"})", from::container, errc::denied},
       }) {
    INFO(text);
    auto const refused = parse_aws_credentials(text, source);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == code);
    CHECK(refused.error().message().find("hush") == std::string::npos);
  }
}

TEST_CASE("a refusal of a metadata service is named by its code") {
  auto const refused = parse_aws_credentials(R"({"Code":"AssumeRoleUnauthorizedAccess"})", from::instance);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message().find("AssumeRoleUnauthorizedAccess") != std::string::npos);
}
