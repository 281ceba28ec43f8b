#include <waybill/http/curl_share.hpp>

#include <curl/curl.h>

#include <cerrno>
#include <thread>

#include "curl_fixture.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

/// The error of asking and of reading what is answered.
error failure_of(curl_client& client, std::string const& url, http_body const* body = nullptr) {
  auto const response = client.send({body != nullptr ? "PUT" : "GET", url, {}}, body, {});
  if (!response) return response.error();
  auto const read = read_pattern(**response);
  if (read) return make_error(errc::usage, "no failure: read " + std::to_string(*read) + " bytes");
  // Reading on says the same.
  std::array<std::byte, 10> more;
  auto const again = (*response)->read(more);
  CHECK((!again && again.error().code == read.error().code));
  return read.error();
}

}  // namespace

TEST_CASE("what breaks off fails for a moment and never looks complete") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  for (std::string const target : {"/cut?size=1000&send=999", "/cut?size=1000&send=0", "/cut?size=1000000&send=300000",
                                   "/cut?chunked=1&size=1000&send=10", "/cut?chunked=1&size=1000&send=1000", "/reset",
                                   "/reset?after=1000", "/reset?after=0"}) {
    INFO(target);
    auto const failure =
        failure_of(client, server.plain(target + (target.find('?') == std::string::npos ? "?" : "&") + "sig=secret"));
    CHECK(failure.code == errc::temporary);
    CHECK(failure.path == server.plain(target.substr(0, target.find('?'))));
    CHECK(failure.message().find("secret") == std::string::npos);
    CHECK(get(client, server.plain("/bytes?size=3")));  // the next request is not harmed
  }
}

TEST_CASE("what libcurl says means whether to try again") {
  auto const meaning = [](detail::curl_failure const& failure) { return name_of(detail::curl_error(failure).code); };
  for (int const code : {CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING,
                         CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM})
    CHECK(meaning({.code = code}) == "temporary");
  for (int const code : {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_TOO_MANY_REDIRECTS})
    CHECK(meaning({.code = code}) == "permanent");
  for (int const code : {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_UNSUPPORTED_PROTOCOL,
                         CURLE_WEIRD_SERVER_REPLY}) {
    CHECK(meaning({.code = code}) == "permanent");
    CHECK(meaning({.code = code, .reached = true}) == "temporary");
  }
  CHECK(meaning({.code = CURLE_SSL_CONNECT_ERROR}) == "permanent");
  CHECK(meaning({.code = CURLE_SSL_CONNECT_ERROR, .system_error = ECONNRESET}) == "temporary");
  for (long const refusal : {403, 407}) CHECK(meaning({.code = CURLE_RECV_ERROR, .proxy_status = refusal}) == "denied");
  CHECK(meaning({.code = CURLE_RECV_ERROR, .proxy_status = 404}) == "permanent");
  CHECK(meaning({.code = CURLE_RECV_ERROR, .proxy_status = 503}) == "temporary");
  CHECK(meaning({.code = CURLE_COULDNT_CONNECT, .host = "h", .address_refused = true}) == "foreign_location");
}

TEST_CASE("nobody there is a failure for a moment and a name that does not exist one for good") {
  curl_client client;
  auto const refused = failure_of(client, "http://127.0.0.1:1/x?sig=secret");
  CHECK(refused.code == errc::temporary);
  CHECK(refused.path == "http://127.0.0.1:1/x");
  CHECK(refused.message().find("secret") == std::string::npos);
  auto const unknown = failure_of(client, "http://no-such-host.invalid/");
  CHECK(unknown.code == errc::permanent);
  CHECK_THAT(unknown.detail, contains("no-such-host.invalid"));
}

TEST_CASE("an answer that is not HTTP or has too large a head is a failure for good") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.max_head_size = 20'000}};
  CHECK(failure_of(client, server.plain("/garbage")).code == errc::permanent);
  CHECK(failure_of(client, server.plain("/head?fields=300&size=100")).code == errc::permanent);
  CHECK(failure_of(client, server.plain("/head?fields=1&size=30000")).code == errc::permanent);
  CHECK(get(client, server.plain("/head?fields=100&size=100")).value() == "x");
}

TEST_CASE("a transfer that stands still fails for a moment") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.stall_limit = 300ms}};
  for (std::string const target : {"/stall", "/stall?after=0", "/stall?after=1000"}) {
    INFO(target);
    auto const failure = failure_of(client, server.plain(target));
    CHECK(failure.code == errc::temporary);
    CHECK_THAT(failure.detail, contains("no byte"));
  }
  auto const body = pattern_body(100'000'000);
  auto const failure = failure_of(client, server.plain("/stall"), &body);
  CHECK(failure.code == errc::temporary);
  CHECK_THAT(failure.detail, contains("no byte"));
}

TEST_CASE("a server that has the whole request is given the time that the request says") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.stall_limit = 200ms}};
  auto const silence = [&](std::uint64_t size) {
    auto const body = pattern_body(size);
    http_request const request{.method = "PUT", .url = server.plain("/stall"), .headers = {}, .answer_within = 900ms};
    auto const started = std::chrono::steady_clock::now();
    CHECK(code_of(client.send(request, size == 0 ? nullptr : &body, {})) == "temporary");
    return std::chrono::steady_clock::now() - started;
  };
  CHECK(silence(0) >= 900ms);
  CHECK(silence(10'000) >= 900ms);
  CHECK(silence(100'000'000) < 800ms);  // which it stops reading
}

TEST_CASE("a slow transfer that goes on is not given up") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.stall_limit = 1s}};
  CHECK(get(client, server.plain("/drip?size=20&every=100")).value() == std::string(20, '.'));
}

TEST_CASE("a stop request ends a waiting transfer within a second") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client{{.max_download_rate = 1000}};
  curl_client fast;
  auto const body = pattern_body(100'000'000);
  struct row {
    curl_client& client;
    std::string target;
    http_body const* body;
  };
  for (auto const& [with, target, sent] :
       {row{fast, "/stall", nullptr}, row{fast, "/stall?after=1000", nullptr}, row{fast, "/stall", &body},
        row{fast, "/drip?size=1000&every=50", nullptr}, row{client, "/bytes?size=1000000", nullptr}}) {
    INFO(target);
    std::stop_source source;
    std::chrono::steady_clock::time_point asked;
    std::jthread stopper{[&] {
      std::this_thread::sleep_for(200ms);
      asked = std::chrono::steady_clock::now();
      source.request_stop();
    }};
    auto const response =
        with.send({sent != nullptr ? "PUT" : "GET", server.plain(target), {}}, sent, source.get_token());
    auto const failure = response ? read_body(**response, 1 << 30).error() : response.error();
    auto const ended = std::chrono::steady_clock::now();
    stopper.join();
    CHECK(failure.code == errc::interrupted);
    CHECK(ended - asked < 1s);
  }
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(fast.send({"GET", server.plain("/bytes?size=1"), {}}, nullptr, stopped.get_token()).error().code ==
        errc::interrupted);
}

TEST_CASE("what reading a body says is what sending it says") {
  WAYBILL_NEEDS_SERVER(server);
  struct broken_source final : byte_source {
    explicit broken_source(bool throws) : throws_{throws} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      if (++reads_ < 3) return std::min<std::size_t>(buffer.size(), 20'000);
      if (throws_) throw std::runtime_error{"thrown"};
      return make_error(errc::source_changed, "the file changed", "f.bin");
    }
    bool throws_;
    int reads_ = 0;
  };
  curl_client client;
  for (bool const throws : {false, true}) {
    http_body const body{10'000'000, [throws]() -> result<std::unique_ptr<byte_source>> {
                           return std::unique_ptr<byte_source>{std::make_unique<broken_source>(throws)};
                         }};
    auto const failure = failure_of(client, server.plain("/echo"), &body);
    if (throws) CHECK_THAT(failure.detail, contains("thrown"));
    else CHECK(failure.path == "f.bin");
    CHECK(failure.code == (throws ? errc::permanent : errc::source_changed));
  }
  for (std::uint64_t const size : {1'000u, 1'000'000u}) {  // fewer and more bytes than promised
    auto const shorter = pattern_body(size);
    http_body const longer{size + 1, shorter.open};
    CHECK(failure_of(client, server.plain("/echo"), &longer).code == errc::source_changed);
    http_body const cut{size - 1, shorter.open};
    CHECK(failure_of(client, server.plain("/echo"), &cut).code == errc::source_changed);
  }
}

TEST_CASE("a busy server's wait reaches who decides about the next attempt") {
  WAYBILL_NEEDS_SERVER(server);
  curl_client client;
  auto const response = client.send({"GET", server.plain("/status?code=503&retry=17"), {}}, nullptr, {}).value();
  auto const failure = status_error(response->status(), response->headers(), "", server.plain("/status"));
  CHECK(failure.code == condition::transient);
  CHECK(failure.retry_after == 17s);
}
