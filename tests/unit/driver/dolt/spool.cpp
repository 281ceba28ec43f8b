#include <waybill/driver/dolt/spool.hpp>

#include <waybill/core/drain.hpp>

#include <span>
#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("what was spooled can be read as often as needed and by several side by side") {
  std::string all;
  for (unsigned i = 0; i < 100'000; ++i) all += std::to_string(i) + "\n";
  memory_source from{std::string_view{all}};
  auto const kept = dolt::spool::of(from);
  REQUIRE(ok(kept));
  auto const first = kept->read(), second = kept->read();
  std::string head(1000, ' ');
  REQUIRE(*first->read(std::as_writable_bytes(std::span{head})) == head.size());
  CHECK(*read_text(*second) == all);
  CHECK(head + *read_text(*first) == all);
}
