#include <waybill/store/s3_session.hpp>

#include <atomic>

#include "contract/tools.hpp"
#include "s3_fixture.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

result<s3_reply> ask_for(s3_fixture& f, std::string_view key) {
  detail::s3_session const session{f.erased(), f.options};
  return session.ask([&](s3_requests const& r) { return r.get(key, {}); });
}

}  // namespace

TEST_CASE("a request is signed for the bucket's region by the time of the store's clock") {
  s3_fixture f;
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, "body"});
  REQUIRE(ask_for(f, "k").value().body == "body");
  auto const& seen = f.client->last();
  CHECK_THAT(seen.header("Authorization"),
             contains("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261125/us-east-1/s3/aws4_request"));
  CHECK(seen.header("x-amz-date") == "20261125T120000Z");
  CHECK(seen.header("x-amz-content-sha256") == std::string{empty_payload});
  CHECK(seen.header("x-amz-security-token") == "-");
}

TEST_CASE("without credentials a request goes out unsigned") {
  s3_fixture f;
  f.options.credentials = {};
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, "body"});
  REQUIRE(ask_for(f, "k"));
  CHECK(f.client->last().header("Authorization") == "-");
}

TEST_CASE("credentials that cannot be had end the request") {
  s3_fixture f;
  f.options.credentials = []() -> result<aws_credentials> { return make_error(errc::denied, "no credentials"); };
  CHECK(ask_for(f, "k").error().code == errc::denied);
}

TEST_CASE("a bucket in another region is found there, at a host of our own making") {
  s3_fixture f;
  f.options.bucket = {"my-data", "us-east-1"};
  detail::s3_session const session{f.erased(), f.options};
  auto const get = [&](std::string_view key) {
    return session.ask([&](s3_requests const& r) { return r.get(key, {}); });
  };
  f.client->expect("GET", "https://my-data.s3.us-east-1.amazonaws.com/k",
                   s3_refusal(301, "PermanentRedirect", "<Endpoint>evil.example</Endpoint><Region>eu-west-1</Region>"));
  f.client->expect("GET", "https://my-data.s3.eu-west-1.amazonaws.com/k", scripted_answer{200, {}, "there"});
  CHECK(get("k").value().body == "there");
  CHECK_THAT(f.client->last().header("Authorization"), contains("/eu-west-1/s3/"));
  f.client->expect("GET", "https://my-data.s3.eu-west-1.amazonaws.com/next", scripted_answer{200, {}, "known"});
  CHECK(get("next").value().body == "known");
}

TEST_CASE("threads that learn at the same time where the bucket is all find it") {
  struct moved_bucket final : any_http_client {
    result<std::unique_ptr<http_response>> send(http_request const& request, http_body const*,
                                                std::stop_token const&) override {
      bool const there = request.url.find(".eu-west-1.") != std::string::npos;
      return std::unique_ptr<http_response>{std::make_unique<scripted_response>(
          there ? scripted_answer{200, {}, "there"}
                : s3_refusal(301, "PermanentRedirect", "<Region>eu-west-1</Region>"),
          false)};
    }
  };
  s3_fixture f;
  f.options.bucket = {"my-data", "us-east-1"};
  detail::s3_session const session{std::make_shared<moved_bucket>(), f.options};
  std::atomic<unsigned> found = 0;
  together(8, [&](unsigned) {
    for (int i = 0; i < 20; ++i) {
      auto const reply = session.ask([](s3_requests const& r) { return r.get("k", {}); });
      if (reply && reply->body == "there") ++found;
    }
  });
  CHECK(found == 160);
}

TEST_CASE("a service of one's own is signed for anew at the same host") {
  s3_fixture f;
  f.client->expect("GET", f.url("k"), s3_refusal(400, "AuthorizationHeaderMalformed", "<Region>garage</Region>"));
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, "there"});
  CHECK(ask_for(f, "k").value().body == "there");
  CHECK_THAT(f.client->last().header("Authorization"), contains("/garage/s3/"));
}

TEST_CASE(
    "a region that is none, another partition or a second move is not followed nor one told beside another refusal") {
  for (std::string const region : {"evil.example/", "us-east-1", "", "cn-north-1"}) {
    INFO(region);
    s3_fixture f;
    f.options.bucket = {"my-data", "us-east-1"};
    f.client->expect("GET", "https://my-data.s3.us-east-1.amazonaws.com/k",
                     s3_refusal(301, "PermanentRedirect", "<Region>" + region + "</Region>"));
    CHECK(ask_for(f, "k").value().status == 301);
  }
  for (int const status : {403, 404, 503}) {
    s3_fixture f;
    f.client->expect("GET", f.url("k"), s3_refusal(status, "AccessDenied", "<Region>eu-west-1</Region>"));
    CHECK(ask_for(f, "k").value().status == status);
  }
  s3_fixture f;
  f.client->expect("GET", f.url("k"), s3_refusal(400, "AuthorizationHeaderMalformed", "<Region>a</Region>"));
  f.client->expect("GET", f.url("k"), s3_refusal(400, "AuthorizationHeaderMalformed", "<Region>b</Region>"));
  CHECK(ask_for(f, "k").value().status == 400);
}

TEST_CASE("a refusal that is too long is a refusal all the same, a success that is too long is none") {
  s3_fixture f;
  f.client->expect("GET", f.url("k"), scripted_answer{404, {}, std::string(100'000, 'x')});
  auto const refusal = ask_for(f, "k").value();
  CHECK(refusal.status == 404);
  CHECK(refusal.body.empty());
  f.client->expect("GET", f.url("k"), scripted_answer{200, {}, std::string((8u << 20) + 1, 'x')});
  CHECK(ask_for(f, "k").error().code == errc::too_large);
}

TEST_CASE("a stop request ends what would be asked") {
  s3_fixture f;
  std::stop_source stop;
  f.options.stop = stop.get_token();
  stop.request_stop();
  CHECK(ask_for(f, "k").error().code == errc::interrupted);
}

TEST_CASE("helpers are lent up to the number that all copies share") {
  s3_fixture f;
  f.options.part_concurrency = 3;
  detail::s3_session const session{f.erased(), f.options};
  CHECK(session.take_helpers(2) == 2);
  CHECK(session.take_helpers(2) == 1);
  CHECK(session.take_helpers(2) == 0);
  session.give_helpers(2);
  CHECK(session.take_helpers(9) == 2);
}

TEST_CASE("a request that is refused for ended credentials is signed with new ones, once") {
  for (std::string const method : {"GET", "HEAD"}) {
    INFO(method);
    s3_fixture f;
    std::vector<std::string> told;
    f.options.credentials = [&]() -> result<aws_credentials> {
      return aws_credentials{"KEY" + std::to_string(told.size()), "secret", "token", {}};
    };
    f.options.expired = [&](aws_credentials const& used) { told.push_back(used.access_key_id); };
    detail::s3_session const session{f.erased(), f.options};
    auto const ask = [&] {
      return session.ask([&](s3_requests const& r) { return method == "GET" ? r.get("k", {}) : r.head("k"); });
    };
    f.client->expect(method, f.url("k"), s3_refusal(400, "ExpiredToken"));
    f.client->expect(method, f.url("k"), scripted_answer{200, {}, "body"});
    CHECK(ask().value().status == 200);
    CHECK(told == std::vector<std::string>{"KEY0"});
    CHECK_THAT(f.client->last().header("Authorization"), contains("KEY1/"));
    f.client->expect(method, f.url("k"), s3_refusal(400, "ExpiredToken"));
    f.client->expect(method, f.url("k"), s3_refusal(400, "ExpiredToken"));
    CHECK(ask().value().status == 400);
    CHECK(told.size() == 2);
  }
}

TEST_CASE("other refusals and unsigned requests ask for no new credentials") {
  s3_fixture f;
  f.options.expired = [](aws_credentials const&) { FAIL("told of credentials that have not ended"); };
  f.client->expect("GET", f.url("k"), s3_refusal(403, "AccessDenied"));
  CHECK(ask_for(f, "k").value().status == 403);
  f.options.credentials = []() -> result<aws_credentials> { return aws_credentials{}; };
  f.client->expect("GET", f.url("k"), s3_refusal(400, "ExpiredToken"));
  CHECK(ask_for(f, "k").value().status == 400);
}
