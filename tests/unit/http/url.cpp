#include <waybill/http/url.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

TEST_CASE("a URL comes apart without being changed") {
  auto const full = split_http_url("https://Bucket.example:8443/a//b/../%C3%A9?list-type=2&x#part");
  REQUIRE(full);
  CHECK(full->tls);
  CHECK(full->host == "Bucket.example");
  CHECK(full->port == 8443);
  CHECK(full->path == "/a//b/../%C3%A9");
  CHECK(full->query == "list-type=2&x");
  CHECK(full->host_field() == "Bucket.example:8443");

  auto const short_one = split_http_url("http://127.0.0.1?versions");
  REQUIRE(short_one);
  CHECK_FALSE(short_one->tls);
  CHECK(short_one->host == "127.0.0.1");
  CHECK(short_one->port == 80);
  CHECK(short_one->path.empty());
  CHECK(short_one->query == "versions");

  auto const v6 = split_http_url("HTTP://[::1]:9000/x?");
  REQUIRE(v6);
  CHECK(v6->host == "[::1]");
  CHECK(v6->port == 9000);
  CHECK(v6->query.empty());
  CHECK(v6->host_field() == "[::1]:9000");
  CHECK(split_http_url("http://host/a?b?c=/d#e?f")->query == "b?c=/d");
  CHECK(split_http_url("http://host#e/f")->path.empty());
}

TEST_CASE("the port a scheme has anyway is not part of the Host field") {
  CHECK(split_http_url("https://h:443/")->host_field() == "h");
  CHECK(split_http_url("https://h:/")->host_field() == "h");
  CHECK(split_http_url("https://h:80/")->host_field() == "h:80");
  CHECK(split_http_url("http://h:80/")->host_field() == "h");
  CHECK(split_http_url("http://h:443/")->host_field() == "h:443");
}

TEST_CASE("what is no http URL of a host is refused and shown without its secrets") {
  for (std::string const url :
       {"", "host/path", "//host/path", "ftp://host/", "https:/host", "https://", "https:///x", "https://:80/",
        "http://h:0/", "http://h:65536/", "http://h:8a/", "http://h:-1/", "http://h:+1/", "http://[::1/",
        "http://[::1]x/", "http://user:hush@h/?hush", "http://hush@h/"}) {
    auto const refused = split_http_url(url);
    INFO(url);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::malformed_url);
    CHECK(refused.error().message().find("hush") == std::string::npos);
  }
}

TEST_CASE("a query is read as servers read it and written as AWS signs it") {
  using parameters = std::vector<query_parameter>;
  CHECK(parse_query("").empty());
  CHECK(parse_query("versions") == parameters{{"versions", ""}});
  CHECK(parse_query("b=2&a=1&a=%2F+x&&c=d=e&=v&") ==
        parameters{{"b", "2"}, {"a", "1"}, {"a", "/ x"}, {"c", "d=e"}, {"", "v"}});
  CHECK(format_query({}).empty());
  CHECK(format_query({{"versions", ""}, {"prefix", "a b/\xC3\xA9+"}}) == "versions=&prefix=a%20b%2F%C3%A9%2B");
  parameters const odd{{"x&y=z", "%41"}, {"~", "a?b#c"}};
  CHECK(parse_query(format_query(odd)) == odd);
}

TEST_CASE("an origin is equal where the same server is asked") {
  auto const origin = [](std::string_view url) { return split_http_url(url).value().origin(); };
  CHECK(origin("https://Example.COM/x?y") == "https://example.com:443");
  CHECK(origin("HTTPS://example.com:443") == origin("https://example.com/"));
  CHECK(origin("http://example.com:443/") == "http://example.com:443");
  CHECK(origin("http://example.com/") == "http://example.com:80");
  CHECK(origin("http://[FD00::1]:8080/") == "http://[fd00::1]:8080");
}
