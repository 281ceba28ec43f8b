#include <waybill/http/retry.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace std::chrono_literals;

TEST_CASE("waits double up to the longest, and their second half is random") {
  retry_policy policy{.attempts = 9, .first_delay = 100ms, .max_delay = 1s};
  CHECK(policy.delay(1) == 100ms);
  CHECK(policy.delay(2) == 200ms);
  CHECK(policy.delay(4) == 800ms);
  CHECK(policy.delay(5) == 1s);
  CHECK(policy.delay(4'000'000'000u) == 1s);
  policy.jitter = [] { return 0.0; };
  CHECK(policy.delay(2) == 100ms);
  policy.jitter = [] { return 1.0; };
  CHECK(policy.delay(2) == 200ms);
  policy.jitter = [] { return 0.25; };
  CHECK(policy.delay(2) == 125ms);
  policy.jitter = [] { return 17.0; };
  CHECK(policy.delay(2) == 200ms);
  policy.jitter = {};
  policy.first_delay = 5s;
  CHECK(policy.delay(1) == 1s);
  policy.max_delay = std::chrono::milliseconds::max();
  CHECK(policy.delay(200) == std::chrono::milliseconds::max());
  CHECK(retry_policy{.first_delay = 0ms, .max_delay = 0ms}.delay(3) == 0ms);
}

TEST_CASE("a remote that asks for a longer wait gets it, and one that asks for too long ends the attempts") {
  std::vector<std::chrono::milliseconds> waits;
  retry_policy policy{.attempts = 4, .first_delay = 100ms, .max_delay = 1s, .max_asked = 30s};
  policy.sleep = [&](std::chrono::milliseconds wait) -> result<void> {
    waits.push_back(wait);
    return {};
  };
  auto asks = [](std::chrono::milliseconds wait) {
    auto e = make_error(errc::temporary, "busy");
    e.retry_after = wait;
    return e;
  };
  CHECK(detail::wait_to_repeat(policy, asks(0ms), 1));
  CHECK(detail::wait_to_repeat(policy, asks(5ms), 2));
  CHECK(detail::wait_to_repeat(policy, asks(5s), 2));
  CHECK(detail::wait_to_repeat(policy, asks(30s), 1));
  CHECK(waits == std::vector<std::chrono::milliseconds>{100ms, 200ms, 5s, 30s});
  auto const refused = detail::wait_to_repeat(policy, asks(31s), 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == asks(31s));
  CHECK_FALSE(detail::wait_to_repeat(policy, asks(1s), 4));
  CHECK(waits.size() == 4);
  policy.jitter = [] { return 0.0; };
  CHECK(detail::wait_to_repeat(policy, asks(150ms), 2));
  CHECK(waits.back() == 150ms);
}

TEST_CASE("an answer says how long to wait in seconds or as a date by its own clock") {
  CHECK(asked_wait({}) == 0ms);
  CHECK(asked_wait({{"retry-after", "120"}}) == 120s);
  CHECK(asked_wait({{"Retry-After", "0"}}) == 0s);
  CHECK(asked_wait({{"Retry-After", "99999999999999999999999"}}) == 24h);
  for (std::string const none : {"", "-1", "1.5", "soon", "1 s", "Sun, 06 Nov 1994"})
    CHECK(asked_wait({{"Retry-After", none}}) == 0ms);
  header_list dated{{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}};
  CHECK(asked_wait(dated) == 30s);
  dated.set({"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT"});
  CHECK(asked_wait(dated) == 0s);
  dated.set({"Retry-After", "Sun, 06 Nov 2094 08:00:00 GMT"});
  CHECK(asked_wait(dated) == 24h);
  dated.remove("Date");
  CHECK(asked_wait(dated) == 0s);
}

TEST_CASE("a status means what to do next") {
  auto const code = [](int status) { return status_error(status, {}, "", "https://h/x").code; };
  for (int const s : {401, 403}) CHECK(code(s) == errc::denied);
  for (int const s : {404, 410}) CHECK(code(s) == errc::object_not_found);
  for (int const s : {409, 412}) CHECK(code(s) == errc::lost_race);
  for (int const s : {408, 425, 429, 500, 502, 503, 504}) CHECK(code(s) == errc::temporary);
  for (int const s : {100, 301, 304, 400, 405, 413, 416, 418, 501, 505, 599}) CHECK(code(s) == errc::permanent);
}

TEST_CASE("the error of a status shows the message but neither its tail nor a query") {
  auto const busy = status_error(503, {{"Retry-After", "7"}}, "Slow down\n", "https://u:p@h/x?sig=secret");
  CHECK(busy.retry_after == 7s);
  CHECK(busy.detail == "the server answers 503: Slow down\\x0a; it asks to wait 7 s");
  CHECK(busy.path == "https://h/x");
  auto const gone = status_error(404, {{"Retry-After", "7"}}, std::string(300, 'm'), "https://h/x");
  CHECK(gone.retry_after == 0ms);
  CHECK(gone.detail == "the server answers 404: " + std::string(200, 'm'));
  // A character is shown whole or not at all.
  CHECK(status_error(404, {}, std::string(199, 'm') + "\xC3\xA9", "https://h/x").detail ==
        "the server answers 404: " + std::string(199, 'm'));
}
