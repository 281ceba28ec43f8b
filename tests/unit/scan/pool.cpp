#include <waybill/scan/pool.hpp>

#include <sched.h>

#include <chrono>
#include <new>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "samples.hpp"
#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("the number of workers is what was asked for, else what the process may use") {
  CHECK(worker_count({.workers = 7}) == 7);
  auto const all = worker_count({});
  CHECK(all >= 1);
  cpu_set_t before, one;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  ::sched_setaffinity(0, sizeof one, &one);
  CHECK(worker_count({}) == 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST_CASE("every index is worked on once, by workers below the count") {
  for (unsigned const workers : {1U, 2U, 8U}) {
    std::vector<std::atomic<int>> seen(1000);
    std::atomic<bool> in_range{true};
    auto const r = parallel_for(seen.size(), {.workers = workers}, [&](unsigned worker, std::size_t i) -> result<void> {
      if (worker >= workers) in_range = false;
      ++seen[i];
      return {};
    });
    CHECK(r);
    CHECK(in_range);
    CHECK(std::ranges::all_of(seen, [](auto const& n) { return n == 1; }));
  }
  CHECK(parallel_for(0, {}, [](unsigned, std::size_t) -> result<void> { return make_error(errc::permanent, ""); }));
}

TEST_CASE("indexes start in rising order on one worker, and the first error stops the rest") {
  std::vector<std::size_t> order;
  auto const r = parallel_for(100, {.workers = 1}, [&](unsigned, std::size_t i) -> result<void> {
    order.push_back(i);
    if (i == 10) return make_error(errc::permanent, "ten");
    return {};
  });
  CHECK(r.error().detail == "ten");
  CHECK(order.size() == 11);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("of several errors the one of the lowest index is returned") {
  std::atomic<int> arrived{0};
  auto const r = parallel_for(4, {.workers = 4}, [&](unsigned, std::size_t i) -> result<void> {
    // All are running before the first one fails.
    for (++arrived; arrived != 4;) std::this_thread::yield();
    return make_error(errc::permanent, std::to_string(i));
  });
  CHECK(r.error().detail == "0");
}

TEST_CASE("a stop request ends a loop as interrupted, unless everything was done") {
  std::stop_source source;
  std::atomic<int> count{0};
  auto const r =
      parallel_for(1000, {.workers = 2, .stop = source.get_token()}, [&](unsigned, std::size_t) -> result<void> {
        if (++count == 5) source.request_stop();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return {};
      });
  CHECK(r.error().code == errc::interrupted);
  CHECK(count < 1000);
  std::stop_source late;
  CHECK(parallel_for(3, {.workers = 1, .stop = late.get_token()}, [&](unsigned, std::size_t i) -> result<void> {
    if (i == 2) late.request_stop();
    return {};
  }));
}

TEST_CASE("an exception of a worker reaches the caller") {
  CHECK_THROWS_AS((void)parallel_for(10, {.workers = 3},
                                     [](unsigned, std::size_t i) -> result<void> {
                                       if (i == 4) throw std::bad_alloc{};
                                       return {};
                                     }),
                  std::bad_alloc);
}

TEST_CASE("what many workers make is taken one by one in the order of the indexes") {
  for (unsigned const workers : {1U, 3U, 8U}) {
    std::vector<std::size_t> made(500), taken;
    std::atomic<int> inside{0};
    bool alone = true;
    auto const r = parallel_in_order(
        made.size(), {.workers = workers},
        [&](unsigned, std::size_t i) -> result<void> {
          if (i % 7 == 0) std::this_thread::yield();
          made[i] = i + 1;
          return {};
        },
        [&](unsigned, std::size_t i) -> result<void> {
          alone = alone && ++inside == 1;
          taken.push_back(made[i]);
          --inside;
          return {};
        });
    CHECK(r);
    CHECK(alone);
    REQUIRE(taken.size() == made.size());
    CHECK(std::ranges::is_sorted(taken));
  }
}

TEST_CASE("after an error in making or taking, what was made later is not taken") {
  enum class trouble { making, taking, throwing };
  for (auto const kind : {trouble::making, trouble::taking, trouble::throwing}) {
    std::atomic<bool> later_made{false};
    std::vector<std::size_t> taken;
    auto const run = [&] {
      return parallel_in_order(
          2, {.workers = 2},
          [&](unsigned, std::size_t i) -> result<void> {
            if (i == 1) {
              later_made = true;
              return {};
            }
            // The other worker then waits for its turn.
            while (!later_made) std::this_thread::yield();
            if (kind == trouble::throwing) throw std::bad_alloc{};
            if (kind == trouble::making) return make_error(errc::permanent, "first");
            return {};
          },
          [&](unsigned, std::size_t i) -> result<void> {
            taken.push_back(i);
            return make_error(errc::permanent, "first");
          });
    };
    if (kind == trouble::throwing) CHECK_THROWS_AS((void)run(), std::bad_alloc);
    else CHECK(run().error().detail == "first");
    CHECK(taken.size() == (kind == trouble::taking ? 1 : 0));
  }
}

TEST_CASE("a stream of items is made side by side and taken in order") {
  for (unsigned const workers : {1U, 4U}) {
    int brought = 0;
    std::vector<int> mine(workers);
    std::vector<int> taken;
    auto const r = parallel_stream(
        {.workers = workers},
        [&](unsigned worker) -> result<bool> {
          mine[worker] = brought;
          return brought++ < 500;
        },
        [&](unsigned worker) -> result<void> {
          if (mine[worker] % 7 == 0) std::this_thread::yield();
          return {};
        },
        [&](unsigned worker) -> result<void> {
          taken.push_back(mine[worker]);
          return {};
        });
    CHECK(r);
    REQUIRE(taken.size() == 500);
    CHECK(std::ranges::is_sorted(taken));
  }
}

TEST_CASE("of several errors in a stream the first item's is told") {
  enum class trouble { bringing, making, taking, throwing };
  for (auto const kind : {trouble::bringing, trouble::making, trouble::taking, trouble::throwing}) {
    std::atomic<bool> later_failed{false};
    int brought = 0;
    std::vector<int> mine(2);
    std::vector<int> taken;
    auto const run = [&] {
      return parallel_stream(
          {.workers = 2},
          [&](unsigned worker) -> result<bool> {
            mine[worker] = brought++;
            if (mine[worker] == 1 && kind == trouble::bringing) {
              later_failed = true;
              return make_error(errc::permanent, "later");
            }
            return true;
          },
          [&](unsigned worker) -> result<void> {
            if (mine[worker] != 0) {
              later_failed = true;
              return make_error(errc::permanent, "later");
            }
            while (!later_failed) std::this_thread::yield();
            if (kind == trouble::throwing) throw std::bad_alloc{};
            if (kind == trouble::making) return make_error(errc::permanent, "first");
            return {};
          },
          [&](unsigned worker) -> result<void> {
            taken.push_back(mine[worker]);
            if (kind == trouble::taking) return make_error(errc::permanent, "first");
            return {};
          });
    };
    if (kind == trouble::throwing) CHECK_THROWS_AS((void)run(), std::bad_alloc);
    else CHECK(run().error().detail == (kind == trouble::bringing ? "later" : "first"));
    CHECK(taken.size() == (kind == trouble::bringing || kind == trouble::taking ? 1 : 0));
  }
}

TEST_CASE("progress is counted from many threads and reported at most ten times a second") {
  std::vector<progress> reports;
  progress_counter counter{[&](progress const& p) { reports.push_back(p); }, "hash"};
  counter.expect(4000, 8000);
  auto const start = std::chrono::steady_clock::now();
  (void)parallel_for(4000, {.workers = 4}, [&](unsigned, std::size_t) -> result<void> {
    counter.done(1, 2);
    return {};
  });
  auto const tenths = (std::chrono::steady_clock::now() - start) / std::chrono::milliseconds{100};
  CHECK(reports.size() >= 1);
  CHECK(static_cast<long>(reports.size()) <= tenths + 1);
  counter.flush();
  auto const& last = reports.back();
  CHECK(last.stage == "hash");
  CHECK(last.files_done == 4000);
  CHECK(last.files_total == 4000);
  CHECK(last.bytes_done == 8000);
  CHECK(last.bytes_total == 8000);
  progress_counter silent{{}, "x"};
  silent.done(1, 1);
  silent.flush();
}
