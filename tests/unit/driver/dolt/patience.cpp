#include <waybill/driver/dolt/patience.hpp>

#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

error const busy = make_error(errc::temporary, "busy");

result<int> fails() { return busy; }

}  // namespace

TEST_CASE("what is busy is tried again after waits that grow") {
  std::vector<std::chrono::milliseconds> waits;
  dolt::patience const p{1h, [&](std::chrono::milliseconds w) -> result<void> {
                           waits.push_back(w);
                           return {};
                         }};
  int calls = 0;
  auto const r = dolt::repeat(p, [&]() -> result<int> {
    if (++calls < 9) return busy;
    return calls;
  });
  REQUIRE(ok(r));
  CHECK(*r == 9);
  CHECK(waits == std::vector<std::chrono::milliseconds>{2ms, 4ms, 8ms, 16ms, 32ms, 64ms, 100ms, 100ms});
}

TEST_CASE("the deadline ends the waiting with the last failure") {
  dolt::patience const p{20ms, [](std::chrono::milliseconds w) -> result<void> {
                           std::this_thread::sleep_for(w);
                           return {};
                         }};
  auto const start = std::chrono::steady_clock::now();
  CHECK(failure(dolt::repeat(p, fails)) == busy);
  CHECK(std::chrono::steady_clock::now() - start >= 20ms);
}

TEST_CASE("nothing is waited for without a way to wait or after a failure that stays") {
  int calls = 0;
  auto const count = [&]() -> result<int> {
    ++calls;
    return busy;
  };
  CHECK(failure(dolt::repeat(dolt::patience{}, count)) == busy);
  CHECK(calls == 1);
  dolt::patience const p{1h, [](std::chrono::milliseconds) -> result<void> { return {}; }};
  auto const denied = make_error(errc::denied, "no");
  CHECK(failure(dolt::repeat(p, [&]() -> result<int> { return denied; })) == denied);
  CHECK(failure(dolt::repeat(p, count, [] { return false; })) == busy);
  CHECK(calls == 2);
}

TEST_CASE("who waits can end the waiting") {
  dolt::patience const p{
      1h, [](std::chrono::milliseconds) -> result<void> { return make_error(errc::interrupted, "stop"); }};
  CHECK(failure(dolt::repeat(p, fails)).code == errc::interrupted);
}
