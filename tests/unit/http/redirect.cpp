#include <waybill/http/redirect.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

struct canned_response final : http_response {
  canned_response(int status, header_list headers, unsigned& read_to_end) : read_to_end_{&read_to_end} {
    status_ = status;
    headers_ = std::move(headers);
  }
  result<std::size_t> read(std::span<std::byte>) override {
    ++*read_to_end_;
    return std::size_t{0};
  }

 private:
  unsigned* read_to_end_;
};

/// Notes what it is asked and answers from a list, the last one over and over.
struct canned_client {
  std::vector<std::pair<int, std::string>> answers;  ///< status and Location
  std::vector<http_request> asked{};
  unsigned read_to_end = 0;  ///< answers
  std::stop_source* stops_on_request = nullptr;

  result<std::unique_ptr<http_response>> send(http_request const& request, http_body const*,
                                              std::stop_token const& stop) {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped");
    if (stops_on_request != nullptr) stops_on_request->request_stop();
    auto const& [status, location] = answers[std::min(asked.size(), answers.size() - 1)];
    asked.push_back(request);
    header_list headers;
    if (!location.empty()) headers.add({"Location", location});
    return std::unique_ptr<http_response>{std::make_unique<canned_response>(status, std::move(headers), read_to_end)};
  }
};

http_request const with_secrets{"GET",
                                "https://a.org/x?q",
                                {{"Authorization", "s"},
                                 {"Cookie", "s"},
                                 {"x-api-key", "s"},
                                 {"X-Amz-Security-Token", "s"},
                                 {"Proxy-Authorization", "s"},
                                 {"Host", "a.org"},
                                 {"X-Own", "s", true},
                                 {"Range", "bytes=0-5"}}};

result<std::optional<http_request>> led(http_request const& from, int status, std::string const& location) {
  return redirected(from, status, {{"Location", location}});
}

}  // namespace

TEST_CASE("a reference is resolved as RFC 3986 section 5.4 shows") {
  auto const resolved = [](std::string_view reference) {
    auto const r = resolve_reference("http://a/b/c/d;p?q", reference);
    return r ? *r : name_of(r.error().code);
  };
  std::vector<std::pair<std::string, std::string>> const examples{{"g", "http://a/b/c/g"},
                                                                  {"./g", "http://a/b/c/g"},
                                                                  {"g/", "http://a/b/c/g/"},
                                                                  {"/g", "http://a/g"},
                                                                  {"//g", "http://g"},
                                                                  {"?y", "http://a/b/c/d;p?y"},
                                                                  {"g?y", "http://a/b/c/g?y"},
                                                                  {"#s", "http://a/b/c/d;p?q"},
                                                                  {"g#s", "http://a/b/c/g"},
                                                                  {"g?y#s", "http://a/b/c/g?y"},
                                                                  {";x", "http://a/b/c/;x"},
                                                                  {"g;x", "http://a/b/c/g;x"},
                                                                  {"", "http://a/b/c/d;p?q"},
                                                                  {".", "http://a/b/c/"},
                                                                  {"./", "http://a/b/c/"},
                                                                  {"..", "http://a/b/"},
                                                                  {"../", "http://a/b/"},
                                                                  {"../g", "http://a/b/g"},
                                                                  {"../..", "http://a/"},
                                                                  {"../../", "http://a/"},
                                                                  {"../../g", "http://a/g"},
                                                                  {"../../../g", "http://a/g"},
                                                                  {"/./g", "http://a/g"},
                                                                  {"/../g", "http://a/g"},
                                                                  {"g.", "http://a/b/c/g."},
                                                                  {"..g", "http://a/b/c/..g"},
                                                                  {"./../g", "http://a/b/g"},
                                                                  {"./g/.", "http://a/b/c/g/"},
                                                                  {"g/./h", "http://a/b/c/g/h"},
                                                                  {"g/../h", "http://a/b/c/h"},
                                                                  {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                                  {"g?y/../x", "http://a/b/c/g?y/../x"}};
  for (auto const& [reference, expected] : examples) {
    INFO(reference);
    CHECK(resolved(reference) == expected);
  }
  CHECK(resolved("https://B:8/x//y?u=http://c#f") == "https://B:8/x//y?u=http://c");
  for (std::string const bad : {"file:///etc/passwd", "g:h", "http:g", "//u:p@h/", "http://u@h/", "javascript:x"})
    CHECK(resolved(bad) == "malformed_url");
  CHECK(resolve_reference("http://a:81", "g").value() == "http://a:81/g");
  CHECK(resolve_reference("http://a?q", "").value() == "http://a?q");
}

TEST_CASE("secrets stay at their origin") {
  for (int const status : {301, 302, 303, 307, 308})
    for (std::string const to : {"https://b.org/x", "https://a.org:8443/x", "https://x.a.org/x", "//b.org/"}) {
      INFO(status << ' ' << to);
      auto const next = led(with_secrets, status, to).value();
      REQUIRE(next);
      CHECK(next->headers == header_list{{"Range", "bytes=0-5"}});
    }
  for (std::string const to : {"/y", "https://A.org:443/y", "https://a.org/y"}) {
    auto const next = led(with_secrets, 302, to).value();
    REQUIRE(next);
    CHECK(next->headers == with_secrets.headers);
  }
  auto plain = with_secrets;
  plain.url = "http://a.org/x";
  CHECK(led(plain, 302, "https://a.org/x").value()->headers == header_list{{"Range", "bytes=0-5"}});
}

TEST_CASE("nothing leads from https to http or to a URL with a password") {
  CHECK(led(with_secrets, 302, "http://a.org/x").error().code == errc::refused);
  CHECK(led(with_secrets, 302, "https://u:p@a.org/x").error().code == errc::malformed_url);
  CHECK(led(with_secrets, 302, "file:///etc/passwd").error().code == errc::malformed_url);
  CHECK(led(with_secrets, 302, "/a b").error().code == errc::malformed_url);
  CHECK(led(with_secrets, 302, "/a\r\nX: y").error().code == errc::malformed_url);
}

TEST_CASE("reading follows redirects and writing only See Other") {
  for (std::string const method : {"GET", "HEAD"})
    for (int const status : {301, 302, 303, 307, 308})
      CHECK(led({method, "http://a/x", {}}, status, "/y").value()->method == method);
  http_request const post{
      "POST", "http://a/x", {{"Content-Type", "text/plain"}, {"content-length", "3"}, {"X-A", "b"}}};
  for (int const status : {301, 302, 307, 308}) CHECK_FALSE(led(post, status, "/y").value());
  auto const see = led(post, 303, "/y").value();
  REQUIRE(see);
  CHECK(see->method == "GET");
  CHECK(see->headers == header_list{{"X-A", "b"}});
  for (int const status : {200, 201, 300, 304, 305, 306, 404}) CHECK_FALSE(led(with_secrets, status, "/y").value());
  CHECK_FALSE(redirected(with_secrets, 302, {}).value());
}

TEST_CASE("secrets that were dropped do not come back when the way leads home") {
  canned_client client{{{302, "https://b.org/"}, {302, "https://a.org/z"}, {200, ""}}};
  auto const response = send_following(client, with_secrets, {});
  REQUIRE(response);
  CHECK((*response)->status() == 200);
  REQUIRE(client.asked.size() == 3);
  CHECK(client.asked[0].headers == with_secrets.headers);
  CHECK(client.asked[2].url == "https://a.org/z");
  CHECK(client.asked[2].headers == header_list{{"Range", "bytes=0-5"}});
}

TEST_CASE("five redirects are followed and a circle is left") {
  canned_client five{{{302, "/1"}, {302, "/2"}, {302, "/3"}, {302, "/4"}, {302, "/5"}, {200, ""}}};
  CHECK(send_following(five, {"GET", "http://a/", {}}, {}));
  canned_client circle{{{302, "/"}}};
  auto const refused = send_following(circle, {"GET", "http://a/?sig=secret", {}}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::permanent);
  CHECK(refused.error().message().find("secret") == std::string::npos);
  CHECK(circle.asked.size() == 6);
  canned_client once{{{302, "/"}}};
  CHECK_FALSE(send_following(once, {"GET", "http://a/", {}}, {}, {.most = 0}));
  CHECK(once.asked.size() == 1);
}

TEST_CASE("the host policy is asked before each hop") {
  host_policy const strict;
  canned_client client{{{302, "http://b.org/"}, {302, "http://169.254.169.254/latest"}, {200, ""}}};
  auto const refused = send_following(client, {"GET", "http://a.org/", {}}, {}, {.hosts = &strict});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::foreign_location);
  CHECK(client.asked.size() == 2);
}

TEST_CASE("what a redirect says besides is read so that its connection can be used again") {
  canned_client client{{{302, "/1"}, {302, "/2"}, {200, ""}}};
  REQUIRE(send_following(client, {"GET", "http://a/", {}}, {}));
  CHECK(client.read_to_end == 2);
}

TEST_CASE("a stop request ends a way of several hops") {
  std::stop_source stop;
  canned_client client{{{302, "/1"}, {302, "/2"}, {200, ""}}};
  client.stops_on_request = &stop;
  CHECK(send_following(client, {"GET", "http://a/", {}}, stop.get_token()).error().code == errc::interrupted);
  CHECK(client.asked.size() == 1);
}
