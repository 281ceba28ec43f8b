#include <waybill/driver/valohai/counting.hpp>

#include <vector>

#include "platform.hpp"

namespace {
using namespace waybill_test;

TEST_CASE("An update's counts are reported and the end always is", "[valohai]") {
  std::vector<v::update_progress> seen;
  v::update_counter counter{[&](v::update_progress const& p) { seen.push_back(p); }, 3, 30};
  counter.hashed(10);
  counter.done(v::file_action::added);
  counter.done(v::file_action::changed);
  counter.done(v::file_action::kept);
  CHECK(seen.size() == 1);  // at most ten times a second
  CHECK(seen[0].bytes_hashed == 10);
  counter.finish(2);
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].files_done == 3);
  CHECK(seen[1].files_total == 3);
  CHECK(seen[1].bytes_total == 30);
  CHECK(seen[1].added == 1);
  CHECK(seen[1].changed == 1);
  CHECK(seen[1].kept == 1);
  CHECK(seen[1].removed == 2);
}

}  // namespace
