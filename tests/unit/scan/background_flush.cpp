#include <waybill/scan/background_flush.hpp>

#include <atomic>
#include <semaphore>
#include <thread>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using detail::background_flush;

TEST_CASE("a small job is flushed once at its end by its own thread") {
  int calls = 0;
  std::thread::id who;
  background_flush flush{[&]() -> result<void> {
    ++calls;
    who = std::this_thread::get_id();
    return {};
  }};
  for (std::uint64_t i = 1; i < background_flush::files_at_once; ++i) flush.wrote(1);
  CHECK(calls == 0);
  CHECK(flush.finish());
  CHECK(calls == 1);
  CHECK(who == std::this_thread::get_id());
}

TEST_CASE("many files or many bytes are flushed while the job goes on") {
  for (bool const by_bytes : {false, true}) {
    std::atomic<int> calls{0};
    std::binary_semaphore flushed{0};
    background_flush flush{[&]() -> result<void> {
      if (++calls == 1) flushed.release();
      return {};
    }};
    if (by_bytes) flush.wrote(background_flush::bytes_at_once);
    else
      for (std::uint64_t i = 0; i < background_flush::files_at_once; ++i) flush.wrote(1);
    flushed.acquire();  // comes although nobody asked for the end
    CHECK(flush.finish());
    CHECK(calls == 2);
  }
}

TEST_CASE("an error of a flush in the background is told at the end, where nothing is flushed any more") {
  std::atomic<int> calls{0};
  std::binary_semaphore failed{0};
  background_flush flush{[&]() -> result<void> {
    if (++calls == 1) failed.release();
    return make_error(errc::permanent, "flush " + std::to_string(calls));
  }};
  flush.wrote(background_flush::bytes_at_once);
  failed.acquire();
  CHECK(flush.finish().error().detail == "flush 1");
  CHECK(calls == 1);
}

TEST_CASE("a job that breaks off waits for the flush that runs") {
  std::binary_semaphore begun{0};
  std::atomic<bool> over{false};
  {
    background_flush flush{[&]() -> result<void> {
      begun.release();
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      over = true;
      return {};
    }};
    flush.wrote(background_flush::bytes_at_once);
    begun.acquire();
  }
  CHECK(over);
}
