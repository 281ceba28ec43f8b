#include <waybill/http/redirect.hpp>

#include <netdb.h>
#include <netinet/in.h>

#include <cstring>

#include "curl_fixture.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

header_list const secrets{{"Authorization", "s3cret"},        {"X-API-Key", "s3cret"}, {"X-Own", "s3cret", true},
                          {"X-Amz-Security-Token", "s3cret"}, {"Cookie", "s3cret"},    {"X-Plain", "seen"}};

result<json::value> followed(curl_client& client, std::string const& url) {
  auto const response = send_following(client, {"GET", url, secrets}, {});
  if (!response) return response.error();
  return said(read_body(**response, 1 << 20));
}

std::string asked_code(curl_client& client, std::string const& url) {
  auto const response = client.send({"GET", url, {}}, nullptr, {});
  return response ? std::to_string((*response)->status()) : name_of(response.error().code);
}

}  // namespace

TEST_CASE("a certificate that nobody vouches for is refused unless it is named or everything is taken") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client strict;
  auto const refused = strict.send({"GET", server.tls("/bytes?sig=secret&size=3"), {}}, nullptr, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::permanent);
  CHECK_THAT(refused.error().detail, contains("certificate"));
  CHECK(refused.error().message().find("secret") == std::string::npos);
  curl_client named{{.ca_file = server.ca_file()}};
  CHECK(get(named, server.tls("/bytes?size=3")).value().size() == 3);
  curl_client listed{{.ca_directory = server.ca_directory()}};
  CHECK(get(listed, server.tls("/bytes?size=3")).value().size() == 3);
  curl_client anything{{.insecure = true}};
  CHECK(get(anything, server.tls("/bytes?size=3")).value().size() == 3);
  curl_client absent{{.ca_file = server.ca_file() + ".absent"}};
  CHECK(asked_code(absent, server.tls("/bytes?size=3")) == "permanent");
}

TEST_CASE("a certificate that is vouched for is good for its own host only") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client named{{.ca_file = server.ca_file()}};
  CHECK(asked_code(named, server.tls("/bytes?size=3")) == "200");
  CHECK(asked_code(named, server.tls_misnamed("/bytes?size=3")) == "permanent");
  curl_client anything{{.insecure = true}};
  CHECK(asked_code(anything, server.tls_misnamed("/bytes?size=3")) == "200");
}

TEST_CASE("bodies pass through TLS whole and over one connection") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.ca_file = server.ca_file()}};
  auto const first = number_said(said(get(client, server.tls("/echo"))), "connection");
  auto const response = client.send({"GET", server.tls("/bytes?size=20000000"), {}}, nullptr, {}).value();
  CHECK(read_pattern(*response).value() == 20'000'000);
  auto const body = pattern_body(20'000'000);
  auto const put = client.send({"PUT", server.tls("/echo"), {}}, &body, {}).value();
  auto const echo = said(read_body(*put, 1 << 20));
  CHECK(text_said(echo, "sha256") == pattern_sha256(20'000'000));
  CHECK(number_said(echo, "connection") == first);
  auto const cut = client.send({"GET", server.tls("/cut?size=1000&send=10"), {}}, nullptr, {}).value();
  CHECK(read_pattern(*cut).error().code == errc::temporary);
}

TEST_CASE("a redirect to another port takes no secret along and one to the same takes all") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  for (std::string const status : {"301", "302", "303", "307", "308"}) {
    INFO(status);
    auto const away =
        followed(client, server.plain("/status?code=" + status + "&location=" + server.other("/echo"))).value();
    CHECK(field_said(away, "X-Plain") == "seen");
    for (auto const& field : secrets)
      if (field.name != "X-Plain") CHECK(field_said(away, field.name).empty());
    auto const same = followed(client, server.plain("/status?code=" + status + "&location=/echo")).value();
    for (auto const& field : secrets) CHECK(field_said(same, field.name) == field.value);
  }
  curl_client trusting{{.ca_file = server.ca_file()}};
  CHECK(followed(trusting, server.tls("/status?code=302&location=" + server.plain("/echo"))).error().code ==
        errc::refused);
}

TEST_CASE("a client with a policy reaches this host neither by address nor by a name that leads to it") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client strict{{.hosts = host_policy{}}};
  CHECK(asked_code(strict, server.plain("/bytes?size=1")) == "foreign_location");
  CHECK(asked_code(strict, server.named("/bytes?size=1")) == "foreign_location");
  curl_client trusting{{.hosts = host_policy{}.allow("localhost")}};
  CHECK(asked_code(trusting, server.named("/bytes?size=1")) == "200");
  CHECK(asked_code(trusting, server.plain("/bytes?size=1")) == "foreign_location");
}

TEST_CASE("a client with a policy does not ask a proxy for this host either") {
  WAYBILL_NEEDS_SERVER(server);
  // The server is no proxy: that it refuses shows that it was asked.
  curl_client strict{{.proxy = {server.other(""), server.other(""), ""}, .hosts = host_policy{}}};
  CHECK(asked_code(strict, "http://no-such-host.invalid/") == "400");
  for (auto const& url : {server.plain("/"), server.named("/"), server.tls("/"), std::string{"http://[::1]/"},
                          std::string{"http://169.254.169.254/latest/meta-data"}})
    CHECK(asked_code(strict, url) == "foreign_location");
}

TEST_CASE("a name is judged by the addresses it leads to") {
  // This machine's own name is no word for it that the text of a URL shows.
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) WAYBILL_SKIP("this machine has no name");
  std::string const host{name.data()};
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0)
    WAYBILL_SKIP("this machine's name leads nowhere: " + host);
  bool open = false;
  for (auto const* at = found; at != nullptr; at = at->ai_next) {
    std::array<std::uint8_t, 4> v4{};
    if (at->ai_family == AF_INET)
      std::memcpy(v4.data(), &reinterpret_cast<sockaddr_in const*>(at->ai_addr)->sin_addr, 4);
    open = open || at->ai_family != AF_INET || is_public_address(*ip_from_bytes(v4));
  }
  ::freeaddrinfo(found);
  if (open) WAYBILL_SKIP("this machine's name leads to a public address");
  auto const url = "http://" + host + ":1/";
  REQUIRE(host_policy{}.check_url(url));
  curl_client strict{{.hosts = host_policy{}}};
  CHECK(asked_code(strict, url) == "foreign_location");
  CHECK(asked_code(strict, url) == "foreign_location");  // nor when the look-up is remembered
  curl_client trusting{{.hosts = host_policy{}.allow(host)}};
  CHECK(asked_code(trusting, url) == "temporary");
}

TEST_CASE("an excepted host is asked directly and every other through the proxy") {
  WAYBILL_NEEDS_SERVER(server);
  // The server is no proxy and takes no absolute target; that it refuses shows who was asked.
  proxy_settings const proxies{server.other(""), "", "localhost"};
  curl_client client{{.proxy = proxies}};
  CHECK(asked_code(client, server.plain("/bytes?size=1")) == "400");
  CHECK(asked_code(client, "http://no-such-host.invalid/") == "400");
  CHECK(asked_code(client, server.named("/bytes?size=1")) == "200");
}

TEST_CASE("a proxy that does not let through to https is a failure for good") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.proxy = {"", server.other(""), ""}}};
  CHECK(asked_code(client, server.tls("/bytes?size=1")) == "permanent");
}

TEST_CASE("the environment does not reach the client by itself") {
  WAYBILL_NEEDS_SERVER(server);
  ::setenv("http_proxy", server.other("").c_str(), 1);
  ::setenv("ALL_PROXY", server.other("").c_str(), 1);
  curl_client client;
  CHECK(asked_code(client, server.plain("/bytes?size=1")) == "200");
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}
