#include <waybill/http/date.hpp>

#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

std::string normal(std::string_view text) {
  auto const t = parse_http_date(text);
  return t ? to_rfc3339(*t) : "none";
}

}  // namespace

TEST_CASE("the three forms of an HTTP date name the same instant") {
  CHECK(normal("Sun, 06 Nov 1994 08:49:37 GMT") == "1994-11-06T08:49:37Z");
  CHECK(normal("Sunday, 06-Nov-94 08:49:37 GMT") == "1994-11-06T08:49:37Z");
  CHECK(normal("Sun Nov  6 08:49:37 1994") == "1994-11-06T08:49:37Z");
  CHECK(normal("Sun Nov 16 08:49:37 1994") == "1994-11-16T08:49:37Z");
  CHECK(normal("Thu, 29 Feb 2024 23:59:60 GMT") == "2024-03-01T00:00:00Z");
  CHECK(normal("Wednesday, 01-Jan-69 00:00:00 GMT") == "2069-01-01T00:00:00Z");
}

TEST_CASE("what is no HTTP date is none") {
  for (std::string const text :
       {"", "Sun", "Sun,", "Sun, ", "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
        "Sun, 06-Nov-1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK(normal(text) == "none");
  }
}
