#include <waybill/driver/aws_credentials.hpp>

#include "surroundings.hpp"

#include <thread>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace std::chrono_literals;
using waybill_test::lab;

namespace {

std::string const role = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
std::string const keys_file = "/home/me/.aws/credentials";
std::string const config_file = "/home/me/.aws/config";

std::string answer(std::string const& id, timestamp expires) {
  return R"({"Version":1,"Code":"Success","AccessKeyId":")" + id +
         R"(","SecretAccessKey":"hush","Token":"T","Expiration":")" + to_rfc3339(expires) + "\"}";
}

/// Every source, each with its own name; a test takes away the first ones.
void fill(lab& at) {
  at.environment["AWS_ACCESS_KEY_ID"] = "env";
  at.environment["AWS_SECRET_ACCESS_KEY"] = "hush";
  at.files[keys_file] = "[default]\naws_access_key_id = file\naws_secret_access_key = hush\n";
  at.files[config_file] =
      "[default]\ncredential_process = '/my tool' x\naws_access_key_id = config\naws_secret_access_key = hush\n";
  at.programs["/my tool|x"] = answer("process", at.now + 1h);
  at.environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2";
  at.client.answers["GET http://169.254.170.2/v2"] = {200, answer("container", at.now + 1h), false};
  at.client.answers["PUT http://169.254.169.254/latest/api/token"] = {200, "session", false};
  at.client.answers["GET " + role] = {200, "r", false};
  at.client.answers["GET " + role + "r"] = {200, answer("instance", at.now + 1h), false};
}

std::pair<std::string, std::string> found_in(lab& at) {
  auto const found = find_aws_credentials(at.surroundings());
  REQUIRE(found);
  return {found->credentials.access_key_id, found->source};
}

error failure_of(lab& at) {
  auto const found = find_aws_credentials(at.surroundings());
  REQUIRE_FALSE(found);
  CHECK(found.error().message().find("hush") == std::string::npos);
  return found.error();
}

}  // namespace

TEST_CASE("sources of credentials are taken in the order of the AWS tools") {
  using pair = std::pair<std::string, std::string>;
  lab at;
  fill(at);
  CHECK(found_in(at) == pair{"env", "environment"});
  at.environment.erase("AWS_ACCESS_KEY_ID");
  CHECK(found_in(at) == pair{"file", "profile 'default'"});
  at.files.erase(keys_file);
  CHECK(found_in(at) == pair{"process", "credential_process of profile 'default'"});
  CHECK(at.client.requests.empty());
  at.files[config_file] = "[default]\naws_access_key_id = config\naws_secret_access_key = hush\n";
  CHECK(found_in(at) == pair{"config", "profile 'default'"});
  at.files.clear();
  CHECK(found_in(at) == pair{"container", "container credentials"});
  at.environment.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  CHECK(found_in(at) == pair{"instance", "instance metadata"});
  at.client.answers.clear();
  CHECK(found_in(at) == pair{"", ""});
}

TEST_CASE("the environment gives keys and a session with its end") {
  lab at;
  at.environment["AWS_ACCESS_KEY_ID"] = "AK";
  at.environment["AWS_SECRET_ACCESS_KEY"] = "S";
  at.environment["AWS_SESSION_TOKEN"] = "T";
  at.environment["AWS_CREDENTIAL_EXPIRATION"] = "2026-11-20T12:00:01Z";
  auto const found = find_aws_credentials(at.surroundings());
  REQUIRE(found);
  CHECK(found->credentials.secret_access_key == "S");
  CHECK(found->credentials.session_token == "T");
  CHECK(found->credentials.expires == at.now + 1s);
  at.now += 1s;
  CHECK(failure_of(at).code == errc::denied);
  at.environment["AWS_CREDENTIAL_EXPIRATION"] = "soon";
  CHECK(failure_of(at).code == errc::usage);
}

TEST_CASE("a source that is configured and fails ends the search") {
  lab at;
  fill(at);
  at.environment.erase("AWS_SECRET_ACCESS_KEY");
  CHECK(failure_of(at).detail.starts_with("environment: "));
  CHECK(failure_of(at).code == errc::usage);
  at.environment.erase("AWS_ACCESS_KEY_ID");
  at.files[keys_file] = "[default]\naws_access_key_id = file\n";
  CHECK(failure_of(at).detail.starts_with("profile 'default': "));
  at.files.erase(keys_file);
  at.programs.clear();
  CHECK(failure_of(at).detail.starts_with("credential_process of profile 'default': "));
  CHECK(failure_of(at).code == errc::permanent);
  at.programs["/my tool|x"] = "hush";
  CHECK(failure_of(at).code == errc::malformed_json);
  at.programs["/my tool|x"] = answer("process", at.now - 1s);
  CHECK(failure_of(at).code == errc::denied);
  at.files[config_file] = "[default]\ncredential_process = 'hush\n";
  CHECK(failure_of(at).code == errc::usage);
  at.files.clear();
  at.client.answers["GET http://169.254.170.2/v2"] = {500, "hush", false};
  CHECK(failure_of(at).detail.starts_with("container credentials: "));
  at.environment.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  at.client.answers["GET " + role + "r"] = {403, "hush", false};
  CHECK(failure_of(at).detail.starts_with("instance metadata: "));
}

TEST_CASE("what the AWS tools would follow and the kit does not is said and not passed over") {
  lab at;
  fill(at);
  at.environment.erase("AWS_ACCESS_KEY_ID");
  at.files[config_file] = "[default]\nrole_arn = arn\nsource_profile = other\n";
  auto const refused = failure_of(at);
  CHECK(refused.code == errc::unsupported);
  CHECK(refused.detail.find("role_arn") != std::string::npos);
  CHECK(refused.detail.find("aws configure export-credentials --profile default") != std::string::npos);
  at.files.clear();
  at.environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  CHECK(found_in(at).first == "container");
  at.environment["AWS_ROLE_ARN"] = "arn";
  CHECK(failure_of(at).code == errc::unsupported);
  at.environment["AWS_ACCESS_KEY_ID"] = "env";
  CHECK(found_in(at).first == "env");
}

TEST_CASE("credentials are kept and renewed before they end") {
  lab at;
  at.files[config_file] = "[default]\ncredential_process = p\n";
  at.programs["p"] = answer("one", at.now + 1h);
  aws_credential_provider provider{at.surroundings()};
  auto const id = [&] { return provider.get().value().credentials.access_key_id; };
  CHECK(id() == "one");
  at.now += 54min;
  at.programs["p"] = answer("two", at.now + 4min);
  CHECK(id() == "one");
  CHECK(at.ran.size() == 1);
  at.now += 1min;
  CHECK(id() == "two");
  // A life of less than ten minutes is renewed from its middle on, not at every call.
  at.programs["p"] = answer("two", at.now + 4min);
  provider.forget();
  CHECK(id() == "two");
  auto const ran = at.ran.size();
  at.now += 119s;
  CHECK(id() == "two");
  CHECK(at.ran.size() == ran);
  at.now += 1s;
  CHECK(id() == "two");
  CHECK(at.ran.size() == ran + 1);
}

TEST_CASE("old credentials serve until they end while renewing fails") {
  lab at;
  at.files[config_file] = "[default]\ncredential_process = p\n";
  at.programs["p"] = answer("one", at.now + 1h);
  aws_credential_provider provider{at.surroundings()};
  CHECK(provider.get());
  at.programs.clear();
  at.now += 56min;
  CHECK(provider.get().value().credentials.access_key_id == "one");
  CHECK(provider.get());
  CHECK(at.ran.size() == 2);
  at.now += 30s;
  CHECK(provider.get());
  CHECK(at.ran.size() == 3);
  at.now += 4min;
  REQUIRE_FALSE(provider.get());
  CHECK(provider.get().error().code == errc::permanent);
  at.files.clear();
  REQUIRE_FALSE(provider.get());
  CHECK(provider.get().error().code == errc::temporary);
  provider.forget();
  CHECK(provider.get().value().source.empty());
}

TEST_CASE("credentials that another thread has replaced already are not dropped again") {
  lab at;
  at.files[config_file] = "[default]\ncredential_process = p\n";
  at.programs["p"] = answer("one", at.now + 1h);
  aws_credential_provider provider{at.surroundings()};
  auto const first = provider.get().value().credentials;
  at.programs["p"] = answer("two", at.now + 1h);
  provider.forget(first);
  auto const second = provider.get().value().credentials;
  CHECK(second.access_key_id != first.access_key_id);
  auto const ran = at.ran.size();
  provider.forget(first);
  CHECK(provider.get().value().credentials.access_key_id == second.access_key_id);
  CHECK(at.ran.size() == ran);
}

TEST_CASE("many threads fetch credentials once") {
  lab at;
  at.files[config_file] = "[default]\ncredential_process = p\n";
  at.programs["p"] = answer("one", at.now + 1h);
  aws_credential_provider provider{at.surroundings()};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { static_cast<void>(provider.get()); });
  }
  CHECK(at.ran.size() == 1);
}
