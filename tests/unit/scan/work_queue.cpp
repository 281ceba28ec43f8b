#include <waybill/scan/work_queue.hpp>

#include <waybill/scan/pool.hpp>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

#include "samples.hpp"
#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("work that makes more work is drained by all threads") {
  // Each item n makes two items n - 1: 2^12 - 1 of them in all.
  work_queue<int> queue;
  queue.push(11);
  std::atomic<int> count{0};
  auto const r = parallel_for(4, {.workers = 4}, [&](unsigned, std::size_t) {
    return queue.drain({}, [&](int n) -> result<void> {
      ++count;
      if (n == 0) return {};
      queue.push(n - 1);
      queue.push_first(n - 1);
      return {};
    });
  });
  CHECK(r);
  CHECK(count == 4095);
}

TEST_CASE("items come in order, those pushed first before them") {
  work_queue<int> queue;
  for (int i : {1, 2, 3}) queue.push(i);
  std::vector<int> seen;
  CHECK(queue.drain({}, [&](int i) -> result<void> {
    seen.push_back(i);
    if (i == 1) queue.push_first(9);
    return {};
  }));
  CHECK(seen == std::vector{1, 9, 2, 3});
}

TEST_CASE("an error, an exception or a stop request ends the work of all threads") {
  for (int const kind : {0, 1, 2}) {
    work_queue<int> queue;
    for (int i = 0; i < 1000; ++i) queue.push(i);
    std::atomic<int> count{0};
    std::stop_source stop;
    auto const run = [&] {
      return parallel_for(3, {.workers = 3}, [&](unsigned, std::size_t) {
        return queue.drain(stop.get_token(), [&](int) -> result<void> {
          if (++count != 10) {
            // Long enough for the tenth to end before the others have done everything.
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            return {};
          }
          if (kind == 0) return make_error(errc::permanent, "stop");
          if (kind == 1) throw std::bad_alloc{};
          stop.request_stop();
          return {};
        });
      });
    };
    if (kind == 1) CHECK_THROWS_AS((void)run(), std::bad_alloc);
    else CHECK(run().error().code == make_error_code(kind == 0 ? errc::permanent : errc::interrupted));
    CHECK(count < 1000);
  }
}
