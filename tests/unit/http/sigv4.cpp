#include <waybill/http/sigv4.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/http/url.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

timestamp const at_2015 = std::chrono::sys_days{std::chrono::year{2015} / 8 / 30} + 12h + 36min;
aws_credentials const example{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}, {}};

std::string sha256_hex(std::string_view text) {
  sha256_hasher hasher;
  hasher.update(as_bytes(text));
  return hasher.finish().hex();
}

/// A request of the suites: its text, which is not encoded and may fold header fields.
struct suite_request {
  http_request request;
  std::string body;
  std::string token;
};

suite_request read_request(fs::path const& file) {
  std::istringstream in{read_file(file)};
  std::string line;
  std::getline(in, line);
  auto const target = line.find(' ');
  suite_request out;
  out.request.method = line.substr(0, target);
  auto const path = line.substr(target + 1, line.rfind(" HTTP/1.1") - target - 1);
  std::vector<http_header> fields;
  while (std::getline(in, line) && !line.empty()) {
    if (line.front() == ' ') fields.back().value += "\n" + line;
    else fields.push_back({line.substr(0, line.find(':')), line.substr(line.find(':') + 1)});
  }
  for (auto const& field : fields) {
    if (same_header_name(field.name, "host")) out.request.url = "https://" + field.value + path;
    else if (same_header_name(field.name, "x-amz-security-token")) out.token = field.value;
    else out.request.headers.add(field);
  }
  out.body.assign(std::istreambuf_iterator<char>{in}, {});
  return out;
}

std::string authorization_of(http_request const& request) {
  auto const* found = request.headers.find("authorization");
  return found ? *found : "none";
}

std::string member(json::value const& record, std::string_view name) {
  auto const* found = record.find(name);
  return found && found->as_string() ? *found->as_string() : std::string{};
}

/// A URL's parameters without order, for two that differ only in it; the path stands first.
std::multiset<std::string> parts_of(std::string_view url) {
  std::multiset<std::string> out{std::string{url.substr(0, url.find('?'))}};
  for (auto const& [name, value] : parse_query(split_http_url(url).value().query)) out.insert(name + "=" + value);
  return out;
}

/// Cases of which only a part is what this signer does; every other case of both suites is run as it stands.
std::map<std::string, std::string> const special{
    {"post-sts-header-after", "the token is not signed and is added behind the signature: signed without one"}};

}  // namespace

TEST_CASE("every case of the botocore suite gets the recorded Authorization") {
  auto const root = third_party("aws-sigv4/botocore");
  if (root.empty()) WAYBILL_SKIP("the AWS signature suite of botocore is not here");
  std::size_t ran = 0;
  for (auto const& found : fs::recursive_directory_iterator{root}) {
    if (found.path().extension() != ".req") continue;
    auto const name = found.path().stem().string();
    INFO(name);
    auto wanted = read_request(found.path());
    auto credentials = example;
    if (!special.contains(name)) credentials.session_token = wanted.token;
    if (name == "get-vanilla-with-session-token") {
      auto const signed_one = found.path().parent_path() / (name + ".sreq");
      credentials.session_token = read_request(signed_one).token;
    }
    auto const signature = sigv4_sign(wanted.request, credentials, {"us-east-1", "service"}, at_2015,
                                      sha256_hex(wanted.body), {sigv4_path::normalised, false});
    REQUIRE(signature);
    CHECK(authorization_of(wanted.request) == read_file(fs::path{found.path()}.replace_extension(".authz")));
    ++ran;
  }
  CHECK(ran >= 34);
}

TEST_CASE("every case of the aws-c-auth suite gets the recorded Authorization and presigned URL") {
  auto const root = third_party("aws-sigv4/aws-c-auth");
  if (root.empty()) WAYBILL_SKIP("the AWS signature suite of aws-c-auth is not here");
  std::size_t ran = 0;
  for (auto const& found : fs::directory_iterator{root}) {
    if (!found.is_directory()) continue;
    auto const& at = found.path();
    auto const name = at.filename().string();
    INFO(name);
    auto const context = json::parse(read_file(at / "context.json")).value();
    bool const normalise = *context.find("normalize")->as_bool();
    bool const sign_body = *context.find("sign_body")->as_bool();
    auto credentials = example;
    if (!special.contains(name)) credentials.session_token = member(*context.find("credentials"), "token");
    sigv4_options const options{normalise ? sigv4_path::normalised : sigv4_path::s3, sign_body};
    sigv4_scope const scope{member(context, "region"), member(context, "service")};
    auto const now = parse_rfc3339(member(context, "timestamp")).value();

    auto wanted = read_request(at / "request.txt");
    auto const hash = sign_body ? sha256_hex(wanted.body) : std::string{empty_payload};
    auto const unsigned_request = wanted.request;
    REQUIRE(sigv4_sign(wanted.request, credentials, scope, now, hash, options));
    auto const signature = read_file(at / "header-signature.txt");
    CHECK(authorization_of(wanted.request) == authorization_of(read_request(at / "header-signed-request.txt").request));
    CHECK(authorization_of(wanted.request).ends_with("Signature=" + signature));

    auto const url = sigv4_presign(unsigned_request, credentials, scope, now, 3600s, options, hash);
    REQUIRE(url);
    auto expected = parts_of(read_request(at / "query-signed-request.txt").request.url);
    if (special.contains(name)) expected.erase("X-Amz-Security-Token=" + member(*context.find("credentials"), "token"));
    CHECK(parts_of(*url) == expected);
    ++ran;
  }
  CHECK(ran >= 38);
}

TEST_CASE("requests and presigned URLs are signed as boto3 signs them") {
  auto const recorded = json::parse(read_file(vectors("sigv4/botocore.json"))).value();
  aws_credentials credentials{member(recorded, "access_key_id"), member(recorded, "secret_access_key"), {}, {}};
  auto const now = parse_rfc3339(member(recorded, "now")).value();
  for (auto const& c : *recorded.find("cases")->as_array()) {
    INFO(member(c, "name"));
    credentials.session_token = member(c, "token");
    sigv4_signer const signer{
        {member(c, "region"), member(c, "service")},
        {member(c, "path") == "s3" ? sigv4_path::s3 : sigv4_path::normalised, member(c, "service") == "s3"}};
    if (auto const presigned = member(c, "presigned"); !presigned.empty()) {
      auto const start = presigned.find("X-Amz-Algorithm");
      REQUIRE(start != std::string::npos);
      auto const seconds = std::chrono::seconds{json::to_uint64(c.find("expires")->as_number()->text).value()};
      auto const url =
          signer.presign({member(c, "method"), presigned.substr(0, start - 1), {}}, credentials, now, seconds);
      REQUIRE(url);
      CHECK(*url == presigned);
      continue;
    }
    http_request request{member(c, "method"), member(c, "url"), {}};
    for (auto const& field : *c.find("headers")->as_array())
      request.headers.add({*(*field.as_array())[0].as_string(), *(*field.as_array())[1].as_string()});
    auto const recorded_headers = request.headers;
    for (auto const* const name : {"x-amz-date", "x-amz-content-sha256", "x-amz-security-token"})
      request.headers.remove(name);
    REQUIRE(signer.sign(request, credentials, now, member(c, "payload")));
    CHECK(authorization_of(request) == member(c, "authorization"));
    CHECK(check_request(request));
    for (auto const& field : recorded_headers) {
      REQUIRE(request.headers.find(field.name));
      CHECK(*request.headers.find(field.name) == field.value);
    }
  }
}

TEST_CASE("only what is secret of a signed request is marked so and a second signature replaces the first") {
  http_request request{"GET", "https://bucket.example/key", {{"Range", "bytes=0-1"}}};
  auto temporary = example;
  temporary.session_token = "token";
  sigv4_signer const signer{{"us-east-1"}};
  REQUIRE(signer.sign(request, temporary, at_2015, unsigned_payload));
  auto const first = authorization_of(request);
  std::vector<std::string> names;
  for (auto const& field : request.headers) {
    names.push_back(field.name);
    CHECK(field.secret == (field.name == "Authorization" || field.name == "x-amz-security-token"));
    CHECK(field.value.find(example.secret_access_key) == std::string::npos);
  }
  CHECK(names == std::vector<std::string>{"Range", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token",
                                          "Authorization"});
  REQUIRE(signer.sign(request, example, at_2015 + 25h, empty_payload));
  CHECK(std::ranges::distance(request.headers) == 4);
  CHECK(*request.headers.find("x-amz-date") == "20150831T133600Z");
  CHECK(request.headers.find("x-amz-security-token") == nullptr);
  http_request fresh{"GET", "https://bucket.example/key", {{"Range", "bytes=0-1"}}};
  REQUIRE(sigv4_sign(fresh, example, {"us-east-1"}, at_2015 + 25h, empty_payload));
  CHECK(authorization_of(request) == authorization_of(fresh));
  CHECK(authorization_of(request) != first);
}

TEST_CASE("anonymous credentials leave a request and a URL alone") {
  http_request request{"GET", "https://bucket.example/key?versions", {}};
  CHECK(sigv4_sign(request, {}, {}, at_2015, ""));
  CHECK(request.headers.empty());
  CHECK(sigv4_presign(request, {}, {}, at_2015, 0s).value() == request.url);
}

TEST_CASE("the form in which a query is encoded does not matter to its signature") {
  auto const sign_url = [](std::string url) {
    http_request request{"GET", std::move(url), {}};
    REQUIRE(sigv4_sign(request, example, {"us-east-1"}, at_2015, empty_payload));
    return authorization_of(request);
  };
  // botocore signs these as they stand; servers decode them and encode them anew
  CHECK(sign_url("https://h/k?b=%7e%c3%a9+x/&a") == sign_url("https://h/k?a=&b=~%C3%A9%20x%2F"));
  CHECK(sign_url("https://h/k?a&b") != sign_url("https://h/k?a=b"));
  CHECK(sign_url("https://h/k(1)") == sign_url("https://h/k%281%29"));
  CHECK(sign_url("https://h/a%2Fb") != sign_url("https://h/a/b"));
  CHECK(sign_url("https://h") == sign_url("https://h/"));
}

TEST_CASE("a kept signing key is used for its own day and secret only") {
  sigv4_signer const kept{{"us-east-1"}};
  auto other = example;
  other.secret_access_key += "x";
  auto const sign_with = [](auto& signer, aws_credentials const& credentials, timestamp now) {
    http_request request{"GET", "https://bucket.example/key", {}};
    REQUIRE(signer.sign(request, credentials, now, empty_payload));
    return authorization_of(request);
  };
  for (auto const& credentials : {example, other, example})
    for (auto const now : {at_2015, at_2015 + 24h, at_2015}) {
      sigv4_signer const fresh{{"us-east-1"}};
      CHECK(sign_with(kept, credentials, now) == sign_with(fresh, credentials, now));
    }
}

TEST_CASE("many threads share a signer") {
  sigv4_signer const signer{{"us-east-1"}};
  auto const sign_at = [&](sigv4_signer const& with, timestamp now) {
    http_request request{"PUT", "https://bucket.example/key", {}};
    return with.sign(request, example, now, empty_payload) ? authorization_of(request) : "error";
  };
  std::vector<std::string> right;
  for (int day = 0; day < 4; ++day) right.push_back(sign_at(sigv4_signer{{"us-east-1"}}, at_2015 + day * 24h));
  std::vector<int> wrong(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 200; ++i)
          if (sign_at(signer, at_2015 + static_cast<int>((i + t) % 4) * 24h) != right[(i + t) % 4]) ++wrong[t];
      });
  }
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("what cannot be signed is refused and left as it was") {
  http_request const request{"GET", "https://bucket.example/key", {}};
  auto half = example;
  half.secret_access_key.clear();
  auto const refused = [&](http_request changed, aws_credentials const& credentials, sigv4_scope const& scope,
                           std::string_view hash) {
    auto const before = changed.headers;
    auto const r = sigv4_sign(changed, credentials, scope, at_2015, hash);
    REQUIRE_FALSE(r);
    CHECK(changed.headers == before);
    CHECK(r.error().message().find(example.secret_access_key) == std::string::npos);
    return r.error().code;
  };
  CHECK(refused(request, half, {"us-east-1"}, empty_payload) == errc::usage);
  CHECK(refused(request, example, {""}, empty_payload) == errc::usage);
  CHECK(refused(request, example, {"us-east-1", ""}, empty_payload) == errc::usage);
  CHECK(refused(request, example, {"us-east-1"}, "") == errc::usage);
  CHECK(refused(request, example, {"us-east-1"}, std::string(64, 'A')) == errc::usage);
  CHECK(refused({"GET", "https://me:hush@host/", {}}, example, {"us-east-1"}, empty_payload) == errc::malformed_url);
  for (auto const expires : {0s, -1s, 604801s}) {
    auto const r = sigv4_presign(request, example, {"us-east-1"}, at_2015, expires);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::usage);
  }
}

TEST_CASE("a presigned URL keeps the query of the request and drops its fragment") {
  auto const url = sigv4_presign({"GET", "https://h/k?versionId=a%2Fb&x#part", {{"Range", "bytes=0-1"}}}, example,
                                 {"us-east-1"}, at_2015, 60s);
  REQUIRE(url);
  CHECK(url->starts_with("https://h/k?versionId=a%2Fb&x&X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
  CHECK(url->find("X-Amz-SignedHeaders=host%3Brange&") != std::string::npos);
  CHECK(url->find('#') == std::string::npos);
  CHECK(sigv4_presign({"GET", "https://h", {}}, example, {"us-east-1"}, at_2015, 60s)
            .value()
            .starts_with("https://h?X-Amz-Algorithm="));
}
