#include <waybill/error.hpp>

#include <cerrno>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("an error code belongs to exactly one condition") {
  for (int value = static_cast<int>(errc::usage); value <= static_cast<int>(errc::unsupported); ++value) {
    auto const code = make_error_code(static_cast<errc>(value));
    int matches = 0;
    for (int c = static_cast<int>(condition::usage); c <= static_cast<int>(condition::interrupted); ++c)
      matches += code == static_cast<condition>(c) ? 1 : 0;
    INFO(name_of(code));
    CHECK(matches == 1);
    CHECK(name_of(code) != "unknown");
    CHECK(code.message() != "unknown error");
  }
}

TEST_CASE("conditions of the operating system's errors") {
  CHECK(system_error(ENOENT, "open").code == condition::not_found);
  CHECK(system_error(EACCES, "open").code == condition::denied);
  CHECK(system_error(ENOSPC, "write").code == condition::transient);
  CHECK(system_error(ELOOP, "open").code == condition::unsafe_input);
  CHECK_FALSE(system_error(ENOENT, "open").code == condition::transient);
  CHECK(name_of(system_error(ENOSPC, "write").code) == "ENOSPC");
}

TEST_CASE("an error says where, what and why") {
  auto const e = make_error(errc::digest_mismatch, "expected aa, found bb", "data/x");
  CHECK(e.message() == "data/x: expected aa, found bb");
  CHECK(make_error(errc::lost_race, "").message() == "lost a race");
  result<int> const r = e;
  CHECK_THROWS_WITH(r.value(), waybill_test::contains("data/x: expected aa, found bb"));
}
