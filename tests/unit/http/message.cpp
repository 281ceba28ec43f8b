#include <waybill/http/message.hpp>

#include <iterator>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

TEST_CASE("header fields are found without regard to case") {
  header_list const headers{{"Content-Type", "text/plain"}, {"ETag", "\"x\""}};
  REQUIRE(headers.find("content-type"));
  CHECK(*headers.find("CONTENT-TYPE") == "text/plain");
  CHECK(*headers.find("etag") == "\"x\"");
  CHECK(headers.find("content") == nullptr);
  CHECK(headers.find("") == nullptr);
}

TEST_CASE("setting a header field replaces all of its name and keeps the place of the first") {
  header_list headers{{"a", "1"}, {"B", "2"}, {"b", "3"}, {"c", "4"}};
  headers.set({"b", "5"});
  CHECK(headers == header_list{{"a", "1"}, {"b", "5"}, {"c", "4"}});
  headers.set({"d", "6", true});
  CHECK(headers == header_list{{"a", "1"}, {"b", "5"}, {"c", "4"}, {"d", "6", true}});
  headers.extend_last("more");
  CHECK(*headers.find("d") == "6 more");
  headers.remove("A");
  CHECK(std::distance(headers.begin(), headers.end()) == 3);
}

TEST_CASE("a request cannot smuggle another line") {
  http_request request{"GET", "https://example.com/x?y=%0A", {{"X-Name", "caf\xC3\xA9\tok"}}};
  CHECK(check_request(request));
  for (auto const& value : {std::string{"x\r\nA: b"}, std::string{"x\nA: b"}, std::string{"x\r"}, std::string{"\x01"},
                            std::string{"\x7F"}, std::string{"a\0b", 3}}) {
    auto bad = request;
    bad.headers.set({"X-Name", value});
    auto const refused = check_request(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::usage);
    CHECK(refused.error().message().find(value) == std::string::npos);
  }
  for (std::string const name : {"", "X Name", "X:Name", "X\r\nY", "caf\xC3\xA9"}) {
    auto bad = request;
    bad.headers.add({name, "v"});
    CHECK_FALSE(check_request(bad));
  }
  for (std::string const url : {"file:///etc/passwd", "gopher://x/", "https://a b/", "https://a/\r\n", "https://a/\t",
                                "//x", "", "https://a\\@b/", "https://a/\\x", "https://\xEF\xBC\x91.0.0.1/",
                                "https://a/caf\xC3\xA9", "https://user@a/", "https://u:p@a/", "https://:80/"}) {
    auto bad = request;
    bad.url = url;
    REQUIRE_FALSE(check_request(bad));
    CHECK(check_request(bad).error().code == errc::malformed_url);
  }
  for (std::string const method : {"", "GET /", "G\nET"}) {
    auto bad = request;
    bad.method = method;
    CHECK_FALSE(check_request(bad));
  }
}

TEST_CASE("a continuation without a field before it is dropped") {
  header_list headers;
  headers.extend_last("lost");
  CHECK(headers.empty());
}
