#include <waybill/core/timestamp.hpp>

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace waybill;
using namespace std::chrono_literals;

namespace {

std::string normal(std::string_view text) {
  auto const t = parse_rfc3339(text);
  return t ? to_rfc3339(*t) : "refused";
}

}  // namespace

TEST_CASE("an instant is written with as many fraction digits as it needs") {
  timestamp const t = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 19h + 3min + 43s;
  CHECK(to_rfc3339(t) == "2026-11-20T19:03:43Z");
  CHECK(to_rfc3339(t + 120ms) == "2026-11-20T19:03:43.120Z");
  CHECK(to_rfc3339(t + 45us) == "2026-11-20T19:03:43.000045Z");
  CHECK(to_rfc3339(t + 1ns) == "2026-11-20T19:03:43.000000001Z");
  CHECK(to_rfc3339(timestamp{}) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(timestamp{-1ns}) == "1969-12-31T23:59:59.999999999Z");
}

TEST_CASE("RFC 3339 times are read in every form the RFC shows") {
  CHECK(normal("1985-04-12T23:20:50.52Z") == "1985-04-12T23:20:50.520Z");
  CHECK(normal("1996-12-19T16:39:57-08:00") == "1996-12-20T00:39:57Z");
  CHECK(normal("1990-12-31T23:59:60Z") == "1991-01-01T00:00:00Z");
  CHECK(normal("1990-12-31T15:59:60-08:00") == "1991-01-01T00:00:00Z");
  CHECK(normal("1937-01-01T12:00:27.87+00:20") == "1937-01-01T11:40:27.870Z");
  CHECK(normal("2026-11-20t19:03:43z") == "2026-11-20T19:03:43Z");
  CHECK(normal("2026-11-20 19:03:43-00:00") == "2026-11-20T19:03:43Z");
  CHECK(normal("2026-11-20") == "2026-11-20T00:00:00Z");
  CHECK(normal("2024-02-29") == "2024-02-29T00:00:00Z");
  CHECK(normal("2026-11-20T19:03:43.1234567899Z") == "2026-11-20T19:03:43.123456789Z");
}

TEST_CASE("a text that names no instant is refused") {
  for (auto const* text : {"",
                           "2026",
                           "2026-11",
                           "2026-1-20",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-02-29",
                           "2026-11-31",
                           "2026-11-20T",
                           "2026-11-20Z",
                           "2026-11-20T19:03Z",
                           "2026-11-20T19:03:43",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T19:60:00Z",
                           "2026-11-20T19:03:60Z",
                           "2026-11-20T19:03:61Z",
                           "2026-11-20T19:03:43.Z",
                           "2026-11-20T19:03:43,5Z",
                           "2026-11-20T19:03:43+0100",
                           "2026-11-20T19:03:43+24:00",
                           "2026-11-20T19:03:43+01:60",
                           "2026-11-20T19:03:43Z ",
                           " 2026-11-20",
                           "+026-11-20",
                           "2026-11-20T-1:03:43Z",
                           "1500-01-01",
                           "2600-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "0000-01-01",
                           "tomorrow"}) {
    INFO(text);
    auto const t = parse_rfc3339(text);
    REQUIRE_FALSE(t.has_value());
    CHECK(t.error().code == errc::wrong_type);
  }
}

TEST_CASE("every instant survives a round trip") {
  std::mt19937_64 random{3};
  for (int i = 0; i < 2000; ++i) {
    // Away from the ends of the range, where a whole second no longer fits.
    timestamp const t{std::chrono::nanoseconds{static_cast<std::int64_t>(random()) / 1000 * 999}};
    auto const again = parse_rfc3339(to_rfc3339(t));
    REQUIRE(again.has_value());
    CHECK(*again == t);
  }
}
