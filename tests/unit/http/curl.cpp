#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "curl_fixture.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

std::int64_t connections(std::string const& count_url) {
  curl_client counter;
  return number_said(said(get(counter, count_url)), "connections") - 1;  // the counter's own
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool freed_memory_stays = true;  ///< in the sanitizer's quarantine
#else
constexpr bool freed_memory_stays = false;
#endif

/// Peak of this process's resident memory in MiB.
long peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

TEST_CASE("a request arrives as it was meant") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  auto const echo =
      said(get(client, server.plain("/echo?a=b%2F/../c//%20"), {{"X-Name", "caf\xC3\xA9"}, {"X-Empty", ""}}));
  CHECK(text_said(echo, "method") == "GET");
  CHECK(text_said(echo, "target") == "/echo?a=b%2F/../c//%20");
  CHECK(field_said(echo, "X-Name") == "caf\xC3\x83\xC2\xA9");  // the server shows bytes as Latin-1
  CHECK(echo.find("headers")->as_array()->size() == 5);        // Host, User-Agent, Accept and ours
  CHECK(field_said(echo, "X-Empty").empty());
  CHECK(field_said(echo, "User-Agent") == "waybill/" WAYBILL_VERSION_STRING);
  CHECK(field_said(said(get(client, server.plain("/echo"), {{"User-Agent", "mine"}})), "User-Agent") == "mine");
  // Dots in a path are part of a key; libcurl would take them away.
  auto const missing = client.send({"GET", server.plain("/a/../echo"), {}}, nullptr, {});
  CHECK((*missing)->status() == 404);
}

TEST_CASE("an answer comes as the server sent it") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  auto const response = client.send({"GET", server.plain("/fold"), {}}, nullptr, {}).value();
  CHECK(response->status() == 200);
  CHECK(response->headers() ==
        header_list{
            {"X-Folded", "one two"}, {"X-Empty", ""}, {"X-Twice", "a"}, {"x-twice", "b"}, {"Content-Length", "1"}});
  CHECK(read_body(*response, 10).value() == "x");
  CHECK(response->read(std::array<std::byte, 1>{}.data() ? std::span<std::byte>{} : std::span<std::byte>{}).value() ==
        0);
  for (int const status : {204, 301, 304, 404, 500}) {
    auto const answer =
        client.send({"GET", server.plain("/status?location=/x&code=" + std::to_string(status)), {}}, nullptr, {})
            .value();
    CHECK(answer->status() == status);
    CHECK(read_body(*answer, 0).value().empty());
  }
  auto const head = client.send({"HEAD", server.plain("/bytes?size=5000000000"), {}}, nullptr, {}).value();
  CHECK(*head->headers().find("Content-Length") == "5000000000");
  CHECK(read_body(*head, 0).value().empty());
}

TEST_CASE("bodies of every size and method arrive whole with their length") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.expect_continue_from = 1 << 20}};
  for (std::string const method : {"PUT", "POST", "PATCH", "DELETE"})
    for (std::uint64_t const size : {0u, 1u, 59'999u, 60'000u, 60'001u, 131'072u, 1u << 20, 3'000'001u}) {
      INFO(method << ' ' << size);
      auto const body = pattern_body(size);
      auto const response = client.send({method, server.plain("/echo"), {{"Content-Length", "7"}}}, &body, {});
      REQUIRE(response);
      auto const echo = said(read_body(**response, 1 << 20));
      CHECK(text_said(echo, "method") == method);
      CHECK(number_said(echo, "size") == static_cast<std::int64_t>(size));
      CHECK(text_said(echo, "sha256") == pattern_sha256(size));
      CHECK(field_said(echo, "Content-Length") == std::to_string(size));
      CHECK(field_said(echo, "Content-Type").empty());
      CHECK(field_said(echo, "Expect") == (size > 1 << 20 ? "100-continue" : ""));
    }
  for (std::string const method : {"PUT", "POST", "DELETE"}) {  // the server refuses the first two without a length
    auto const response = client.send({method, server.plain("/echo"), {}}, nullptr, {}).value();
    CHECK(response->status() == 200);
    CHECK(number_said(said(read_body(*response, 1 << 20)), "size") == 0);
  }
}

TEST_CASE("a server that does not understand the question whether it wants a body gets the body") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.expect_continue_from = 0}};
  auto const body = pattern_body(2'000'000);
  auto const response = client.send({"PUT", server.plain("/no-expect"), {}}, &body, {}).value();
  CHECK(response->status() == 200);
  CHECK(text_said(said(read_body(*response, 1 << 20)), "sha256") == pattern_sha256(2'000'000));
}

TEST_CASE("an answer before the body was read is an answer") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  auto const body = pattern_body(50'000'000);
  auto const response = client.send({"PUT", server.plain("/refuse"), {}}, &body, {});
  REQUIRE(response);
  CHECK((*response)->status() == 403);
  CHECK(read_body(**response, 100).value() == "not for you");
}

TEST_CASE("one connection serves one request after the other") {
  WAYBILL_NEEDS_SERVER(server);
  auto const before = connections(server.plain("/count"));
  {
    curl_client client;
    for (int i = 0; i < 100; ++i) CHECK(get(client, server.plain("/bytes?size=" + std::to_string(i * 1000))));
    auto const body = pattern_body(100'000);
    CHECK(client.send({"PUT", server.plain("/echo"), {}}, &body, {}));
    CHECK(get(client, server.plain("/chunked?size=100000")));
  }
  CHECK(connections(server.plain("/count")) - before == 2);  // ours and the first counter's
}

TEST_CASE("eight threads need eight connections at most") {
  WAYBILL_NEEDS_SERVER(server);
  auto const before = connections(server.plain("/count"));
  std::atomic<int> good = 0;
  {
    curl_client client;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          auto const response = client.send({"GET", server.plain("/bytes?size=20000"), {}}, nullptr, {});
          if (response && read_pattern(**response, 1000).value() == 20'000) ++good;
        }
      });
  }
  CHECK(good == 400);
  auto const used = connections(server.plain("/count")) - before - 1;
  CHECK(used >= 1);
  CHECK(used <= 8);
}

TEST_CASE("no more idle connections are kept than allowed") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client counter;
  auto const open_now = [&] { return number_said(said(get(counter, server.plain("/count"))), "open"); };
  auto const wait_until = [&](std::int64_t expected) {  // a server sees that it was left a moment later
    for (int i = 0; i < 100 && open_now() != expected; ++i) std::this_thread::sleep_for(20ms);
    return open_now();
  };
  auto const before = wait_until(1);  // the counter's own
  for (std::size_t const allowed : {0u, 3u}) {
    curl_client client{{.max_idle_connections = allowed}};
    std::vector<std::unique_ptr<http_response>> answers;
    for (int i = 0; i < 5; ++i)
      answers.push_back(client.send({"GET", server.plain("/bytes?size=1000000"), {}}, nullptr, {}).value());
    CHECK(open_now() - before == 5);
    for (auto const& answer : answers) CHECK(read_pattern(*answer).value() == 1'000'000);
    CHECK(wait_until(before + static_cast<std::int64_t>(allowed)) == before + static_cast<std::int64_t>(allowed));
  }
}

TEST_CASE("a connection that the server closed in the meantime is replaced") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  for (int i = 0; i < 20; ++i) {
    CHECK(get(client, server.plain("/close")).value() == "that was it");
    auto const body = pattern_body(100'000);
    CHECK(client.send({"PUT", server.plain("/close"), {}}, &body, {}));
  }
}

TEST_CASE("a connection that breaks before anything was answered over it is replaced once") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  auto const body = pattern_body(1'000'000);
  auto const sum = pattern_sha256(1'000'000);
  for (int i = 0; i < 100; ++i) {  // whether it breaks under a read or under a write is a matter of luck
    auto const response = client.send({"PUT", server.plain("/once"), {}}, &body, {});
    REQUIRE(response);
    CHECK(text_said(said(read_body(**response, 1 << 20)), "sha256") == sum);
  }
}

TEST_CASE("a request that breaks on a new connection is not repeated") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client, onlooker;
  auto const body = pattern_body(1'000'000);
  auto const requests = [&] { return number_said(said(get(onlooker, server.other("/count"))), "requests"); };
  auto const before = requests();
  for (int i = 0; i < 100; ++i)
    CHECK(client.send({"PUT", server.other("/break"), {}}, &body, {}).error().code == errc::temporary);
  CHECK(requests() == before + 100);
}

TEST_CASE("an answer may be given up half-way and may outlive its client") {
  WAYBILL_NEEDS_SERVER(server);
  auto client = std::make_unique<curl_client>();
  for (int i = 0; i < 5; ++i) {
    auto const response = client->send({"GET", server.plain("/bytes?size=100000000"), {}}, nullptr, {}).value();
    std::array<std::byte, 10> some;
    CHECK(response->read(some).value() == 10);
  }
  auto const last = client->send({"GET", server.plain("/bytes?size=1000000"), {}}, nullptr, {}).value();
  client.reset();
  CHECK(read_pattern(*last).value() == 1'000'000);
}

TEST_CASE("large bodies pass through little memory in both directions") {
  WAYBILL_NEEDS_SERVER(server);
  constexpr std::uint64_t size = 256U << 20;
  curl_client client;
  CHECK(get(client, server.plain("/bytes?size=1000")));
  auto const before = peak_memory();
  auto const response =
      client.send({"GET", server.plain("/bytes?size=" + std::to_string(size)), {}}, nullptr, {}).value();
  CHECK(read_pattern(*response, 1 << 18).value() == static_cast<std::int64_t>(size));
  auto const chunked = client.send({"GET", server.plain("/chunked?size=20000000"), {}}, nullptr, {}).value();
  CHECK(read_pattern(*chunked, 999).value() == 20'000'000);
  auto const body = pattern_body(size);
  auto const put = client.send({"PUT", server.plain("/echo"), {}}, &body, {}).value();
  CHECK(text_said(said(read_body(*put, 1 << 20)), "sha256") == pattern_sha256(size));
  auto const grown = peak_memory() - before;
  CHECK((freed_memory_stays || grown <= 16));
}

TEST_CASE("a body is not fetched faster than it is read") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.stall_limit = 500ms}};
  auto const before = peak_memory();
  auto const response = client.send({"GET", server.plain("/bytes?size=200000000"), {}}, nullptr, {}).value();
  std::array<std::byte, 1000> some;
  CHECK(response->read(some));
  std::this_thread::sleep_for(1s);  // nor does time in which nobody reads count as a stall
  CHECK(response->read(some));
  CHECK(peak_memory() - before <= 16);
}

TEST_CASE("limits of bandwidth let everything through") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.max_upload_rate = 4'000'000, .max_download_rate = 4'000'000}};
  auto const start = std::chrono::steady_clock::now();
  auto const response = client.send({"GET", server.plain("/bytes?size=4000000"), {}}, nullptr, {}).value();
  CHECK(read_pattern(*response).value() == 4'000'000);
  auto const body = pattern_body(4'000'000);
  auto const put = client.send({"PUT", server.plain("/echo"), {}}, &body, {}).value();
  CHECK(text_said(said(read_body(*put, 1 << 20)), "sha256") == pattern_sha256(4'000'000));
  // Each direction may send half a second's bytes at once: faster than this is no limit at all. There is no upper
  // bound.
  CHECK(std::chrono::steady_clock::now() - start >= 700ms);
}

TEST_CASE("clients that share what counts their bytes stay below a limit together") {
  WAYBILL_NEEDS_SERVER(server);
  curl_options options{.max_download_rate = 4'000'000};
  options.download_bucket = std::make_shared<token_bucket>(options.max_download_rate);
  auto const start = std::chrono::steady_clock::now();
  for (int i = 0; i < 2; ++i) {
    curl_client client{options};
    auto const response = client.send({"GET", server.plain("/bytes?size=2000000"), {}}, nullptr, {}).value();
    CHECK(read_pattern(*response).value() == 2'000'000);
  }
  // Half a second's bytes may go at once: once, not for each.
  CHECK(std::chrono::steady_clock::now() - start >= 350ms);
}

TEST_CASE("what cannot be sent is refused before anything is") {
  curl_client client;
  auto const code = [&](std::string const& url, header_list headers = {}) {
    return name_of(client.send({"GET", url, std::move(headers)}, nullptr, {}).error().code);
  };
  CHECK(code("file:///etc/passwd") == "malformed_url");
  CHECK(code("http://user:pw@127.0.0.1:1/") == "malformed_url");
  CHECK(code("http://a\\@b/") == "malformed_url");
  CHECK(code("http://127.0.0.1:1/", {{"X", "a\r\nB: c"}}) == "usage");
  CHECK(code("http://127.0.0.1:1/", {{"Transfer-Encoding", "chunked"}}) == "usage");
  http_body const broken{100, []() -> result<std::unique_ptr<byte_source>> { return make_error(errc::denied, "no"); }};
  CHECK(client.send({"PUT", "http://127.0.0.1:1/", {}}, &broken, {}).error().code == errc::denied);
}
