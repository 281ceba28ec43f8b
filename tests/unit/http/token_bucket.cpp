#include <waybill/http/token_bucket.hpp>

#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;
using namespace std::chrono_literals;

namespace {
token_bucket::time_point const start{std::chrono::hours{1000}};
}  // namespace

TEST_CASE("half a second's bytes go at once and then as many as the rate earns") {
  token_bucket bucket{1000};
  CHECK(bucket.limited());
  CHECK(bucket.take(500, start) == 0ns);
  CHECK(bucket.take(100, start) == 100ms);
  CHECK(bucket.take(100, start) == 200ms);
  CHECK(bucket.take(0, start) == 200ms);
  CHECK(bucket.take(0, start + 150ms) == 50ms);
  CHECK(bucket.take(300, start + 200ms) == 300ms);
  // A long pause saves no more than the first half second again.
  CHECK(bucket.take(500, start + 24h) == 0ns);
  CHECK(bucket.take(1, start + 24h) == 1ms);
}

TEST_CASE("a steady user gets exactly the rate") {
  token_bucket bucket{1'000'000};
  auto now = start;
  for (int i = 0; i < 1000; ++i) now += bucket.take(10'000, now);
  CHECK(now - start == 9'500ms);
}

TEST_CASE("no rate is no limit and the largest numbers do not overflow") {
  token_bucket none{0};
  CHECK_FALSE(none.limited());
  CHECK(none.take(UINT64_MAX, start) == 0ns);
  token_bucket slow{1};
  CHECK(slow.take(UINT64_MAX, start) > 24h);
  CHECK(slow.take(UINT64_MAX, start) > 24h);
  CHECK(slow.take(0, start) > 24h);
  token_bucket fast{UINT64_MAX};
  CHECK(fast.take(1 << 30, start) == 0ns);
}

TEST_CASE("many threads together take what one would") {
  token_bucket bucket{1000};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) static_cast<void>(bucket.take(1, start));
    });
  threads.clear();
  CHECK(bucket.take(0, start) == 3'500ms);
}
