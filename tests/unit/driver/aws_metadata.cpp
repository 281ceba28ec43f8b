#include <waybill/driver/aws_metadata.hpp>

#include "surroundings.hpp"

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace std::chrono_literals;
using waybill_test::lab;

namespace {

std::string const keys = R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"hush","Token":"T",
                             "Expiration":"2026-11-20T18:00:00Z"})";
std::string const instance = "http://169.254.169.254/latest/";
std::string const roles = instance + "meta-data/iam/security-credentials/";

void make_instance(lab& at) {
  at.client.answers["PUT " + instance + "api/token"] = {200, "session", false};
  at.client.answers["GET " + roles] = {200, "my+role\nother", false};
  at.client.answers["GET " + roles + "my%2Brole"] = {200, keys, false};
}

}  // namespace

TEST_CASE("by http only this machine and the agents may be asked for credentials") {
  for (std::string const url : {"https://example.com/x", "https://10.0.0.1/", "http://169.254.170.2/v2",
                                "http://localhost:1/", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1",
                                "http://127.0.0.1:8080/", "http://127.255.0.9/", "http://[::1]:80/"}) {
    INFO(url);
    CHECK(may_ask_for_credentials(url));
  }
  for (std::string const url :
       {"http://example.com/", "http://10.0.0.1/", "http://169.254.169.254/", "http://169.254.170.20/",
        "http://127.0.0.1.example.com/", "http://127.example.com/", "http://127.0.0/", "http://127.0.0.256/",
        "http://127.0.0.1.1/", "http://localhost.example.com/", "http://127.0.0.1@example.com/", "http://[::2]/",
        "ftp://localhost/", "/x", ""}) {
    INFO(url);
    CHECK_FALSE(may_ask_for_credentials(url));
  }
}

TEST_CASE("a container's credentials are asked for at the address it was given") {
  lab at;
  CHECK(fetch_container_credentials(at.surroundings(), {})->anonymous());
  CHECK(at.client.requests.empty());
  at.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost:1/full";
  at.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "from variable";
  at.client.answers["GET http://localhost:1/full"] = {200, keys, false};
  at.client.answers["GET http://169.254.170.2/v2/id?x=1"] = {200, keys, false};
  auto const full = fetch_container_credentials(at.surroundings(), {});
  REQUIRE(full);
  CHECK(full->access_key_id == "AK");
  CHECK(full->session_token == "T");
  CHECK(at.client.requests.back().headers ==
        header_list{{"Accept", "application/json"}, {"Authorization", "from variable", true}});
  at.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/id?x=1";
  at.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  at.files["/token"] = "from file\n";
  CHECK(fetch_container_credentials(at.surroundings(), {}));
  CHECK(at.client.requests.back().url == "http://169.254.170.2/v2/id?x=1");
  CHECK(*at.client.requests.back().headers.find("Authorization") == "from file");
}

TEST_CASE("a container's address that leads elsewhere is not asked") {
  lab at;
  at.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "hush";
  auto const refused = [&](std::string const& variable, std::string const& uri) {
    at.environment["AWS_CONTAINER_CREDENTIALS_" + variable] = uri;
    auto const r = fetch_container_credentials(at.surroundings(), {});
    at.environment.erase("AWS_CONTAINER_CREDENTIALS_" + variable);
    REQUIRE_FALSE(r);
    CHECK(r.error().message().find("hush") == std::string::npos);
    return name_of(r.error().code);
  };
  CHECK(refused("FULL_URI", "http://example.com/x?hush") == "usage");
  CHECK(refused("RELATIVE_URI", "@example.com/") == "usage");
  CHECK(refused("RELATIVE_URI", ".example.com/") == "usage");
  at.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "hush\r\nX: y";
  CHECK(refused("RELATIVE_URI", "/v2") == "usage");
  at.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/absent";
  CHECK(refused("RELATIVE_URI", "/v2") == "file_not_found");
  CHECK(at.client.requests.empty());
}

TEST_CASE("a container's service that fails says how") {
  lab at;
  at.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2";
  auto const failure = [&](waybill_test::scripted_client::answer answer) {
    at.client.answers["GET http://169.254.170.2/v2"] = std::move(answer);
    auto const r = fetch_container_credentials(at.surroundings(), {});
    REQUIRE_FALSE(r);
    CHECK(r.error().message().find("hush") == std::string::npos);
    CHECK(r.error().path.starts_with("http://169.254.170.2/v2"));
    return r.error();
  };
  auto const denied = failure({403, R"({"code":"NoAuthorization","message":"hush"})", false});
  CHECK(denied.code == errc::denied);
  CHECK(denied.detail.find("403") != std::string::npos);
  CHECK(denied.detail.find("NoAuthorization") != std::string::npos);
  CHECK(failure({500, "hush", false}).code == errc::temporary);
  CHECK(failure({429, "hush", false}).code == errc::temporary);
  CHECK(failure({200, "hush", false}).code == errc::malformed_json);
  CHECK(failure({200, R"({"AccessKeyId":"AK","SecretAccessKey":"hush"})", false}).code == errc::missing_member);
  CHECK(failure({200, std::string(70'000, ' '), false}).code == errc::too_large);
  auto const late = failure({200, "", true});
  CHECK(late.code == errc::temporary);
  CHECK(late.detail.find("50 ms") != std::string::npos);
  at.client.answers.clear();
  CHECK(fetch_container_credentials(at.surroundings(), {}).error().code == errc::temporary);
  auto without = at.surroundings();
  without.client = nullptr;
  CHECK(fetch_container_credentials(without, {}).error().code == errc::unsupported);
}

TEST_CASE("an instance's credentials are asked for in a session") {
  lab at;
  make_instance(at);
  auto const found = fetch_instance_credentials(at.surroundings(), {});
  REQUIRE(found);
  CHECK(found->access_key_id == "AK");
  CHECK(found->expires == parse_rfc3339("2026-11-20T18:00:00Z").value());
  REQUIRE(at.client.requests.size() == 3);
  CHECK(*at.client.requests[0].headers.find("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
  for (auto const i : {1u, 2u})
    CHECK(at.client.requests[i].headers == header_list{{"x-aws-ec2-metadata-token", "session", true}});
}

TEST_CASE("a machine that is no instance or has no role has no credentials") {
  lab at;
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  CHECK(at.client.requests.size() == 1);
  at.client.answers["PUT " + instance + "api/token"] = {200, "", true};
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  at.client.answers["PUT " + instance + "api/token"] = {403, "", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  make_instance(at);
  at.client.answers["GET " + roles] = {404, "", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  at.client.answers["GET " + roles] = {200, "", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  at.client.requests.clear();
  make_instance(at);
  at.environment["AWS_EC2_METADATA_DISABLED"] = "True";
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  CHECK(at.client.requests.empty());
}

TEST_CASE("an instance that gives out a session must give out its role's credentials too") {
  lab at;
  make_instance(at);
  at.client.answers["GET " + roles + "my%2Brole"] = {200, R"({"Code":"AssumeRoleUnauthorizedAccess"})", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {}).error().code == errc::denied);
  at.client.answers["GET " + roles] = {503, "", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {}).error().code == errc::temporary);
  at.client.answers["GET " + roles] = {200, "", true};
  CHECK(fetch_instance_credentials(at.surroundings(), {}).error().code == errc::temporary);
  at.client.answers["PUT " + instance + "api/token"] = {200, "a\r\nX: y", false};
  CHECK(fetch_instance_credentials(at.surroundings(), {}).error().code == errc::usage);
}

TEST_CASE("the instance's service can stand elsewhere") {
  lab at;
  at.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://[fd00:ec2::254]/";
  CHECK(fetch_instance_credentials(at.surroundings(), {})->anonymous());
  REQUIRE(at.client.requests.size() == 1);
  CHECK(at.client.requests[0].url == "http://[fd00:ec2::254]/latest/api/token");
}

TEST_CASE("a stop ends the wait for a metadata service") {
  lab at;
  at.client.answers["PUT " + instance + "api/token"] = {200, "", true};
  auto slow = at.surroundings();
  slow.metadata_timeout = std::chrono::hours{1};
  std::stop_source source;
  std::jthread const stopper{[&] {
    std::this_thread::sleep_for(20ms);
    source.request_stop();
  }};
  auto const stopped = fetch_instance_credentials(slow, source.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == errc::interrupted);
}
