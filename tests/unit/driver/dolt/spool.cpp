#include <waybill/driver/dolt/spool.hpp>

#include <waybill/core/drain.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("what was spooled can be read as often as needed") {
  std::string all;
  for (unsigned i = 0; i < 100'000; ++i) all += std::to_string(i) + "\n";
  memory_source from{std::string_view{all}};
  auto const kept = dolt::spool::of(from);
  REQUIRE(ok(kept));
  for (unsigned i = 0; i < 2; ++i) {
    auto const source = kept->read();
    REQUIRE(ok(source));
    CHECK(*read_text(**source) == all);
  }
}
