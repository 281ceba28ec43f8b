#include <waybill/core/repeat_damaged.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;

namespace {

/// How often something was done that fails so every time, or the given number of times.
int times_done(int attempts, errc failure, int failing = 100) {
  int done = 0;
  auto const r = repeat_damaged(attempts, [&]() -> result<int> {
    if (++done <= failing) return make_error(failure, "attempt " + std::to_string(done));
    return done;
  });
  if (r) CHECK(*r == done);
  else CHECK(r.error().detail == "attempt " + std::to_string(done));
  return done;
}

}  // namespace

TEST_CASE("what is wrong is read again until it is right or was read as often as asked") {
  CHECK(times_done(4, errc::digest_mismatch) == 4);
  CHECK(times_done(4, errc::size_mismatch, 2) == 3);
  CHECK(times_done(4, errc::digest_mismatch, 0) == 1);
  CHECK(times_done(1, errc::digest_mismatch) == 1);
  CHECK(times_done(0, errc::digest_mismatch) == 1);
}

TEST_CASE("other failures are not repeated") {
  for (auto const other : {errc::temporary, errc::object_not_found, errc::interrupted, errc::malformed_manifest})
    CHECK(times_done(4, other) == 1);
}

TEST_CASE("the caller says what else is damage") {
  int done = 0;
  auto const read = [&]() -> result<void> {
    ++done;
    return make_error(errc::malformed_manifest, "damaged");
  };
  CHECK(code_of(repeat_damaged(3, read, [](error const& e) { return e.code == condition::unsafe_input; })) ==
        "malformed_manifest");
  CHECK(done == 3);
}
