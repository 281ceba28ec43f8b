#include <waybill/driver/dagster/cursor.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
using cursor = waybill::dagster::volume_cursor;
using standing = cursor::standing;

TEST_CASE("A cursor knows the last version of each dataset after a round trip", "[dagster]") {
  cursor before;
  CHECK(before.look("a", "1") == standing::unknown);
  CHECK(before.ask("a", "1") == 0);
  CHECK(before.ask("b", "1") == 0);
  before.go_on_behind = cursor::id_of("a");
  auto const after = cursor::parse(before.text()).value();
  CHECK(after.look("a", "1") == standing::same);
  CHECK(after.look("a", "2") == standing::changed);
  CHECK(after.look("c", "1") == standing::unknown);
  CHECK(after.go_on_behind == cursor::id_of("a"));
  CHECK(after.text() == before.text());
  CHECK(cursor::parse(cursor{}.text()).value().text() == cursor{}.text());
}

TEST_CASE("A version that comes back is told apart from its first coming", "[dagster]") {
  cursor c;
  CHECK(c.ask("a", "1") == 0);
  CHECK(c.ask("a", "2") == 0);
  CHECK(c.ask("a", "1") == 2);
  c = cursor::parse(c.text()).value();
  CHECK(c.ask("a", "2") == 3);
  CHECK(c.ask("a", "1") == 4);
  for (int i = 10; i < 30; ++i) CHECK(c.ask("a", std::to_string(i)) == 0);
  CHECK(c.ask("a", "1") == 0);  // forgotten: of each dataset the last eight are known
}

TEST_CASE("What another cursor knows is taken over unless it is known better", "[dagster]") {
  cursor before;
  (void)before.ask("a", "1");
  (void)before.ask("gone", "1");
  cursor after;
  after.keep(before, "a");
  after.keep(before, "never");
  CHECK(after.look("a", "1") == standing::same);
  CHECK(after.look("gone", "1") == standing::unknown);
  (void)after.ask("a", "2");
  after.keep(before, "a");
  CHECK(after.look("a", "2") == standing::same);
}

TEST_CASE("A cursor that no scan wrote is refused", "[dagster]") {
  cursor c;
  (void)c.ask("a", "1");
  auto const good = c.text();
  CHECK(cursor::parse("").value().text() == cursor{}.text());
  for (std::string const& bad :
       {std::string{"2026-01-01"}, std::string{"w1."}, std::string{"w1.?"}, good.substr(0, good.size() - 4),
        "w2" + good.substr(2), good + "AAAA", std::string{"w1.AAAA"}, std::string{"{}"}})
    CHECK(code_of(cursor::parse(bad)) == "corrupt_state");
  for (std::size_t at = 3; at + 2 < good.size(); at += 5) {
    auto bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(cursor::parse(bad));
  }
}

TEST_CASE("A cursor of a thousand datasets fits into an argument", "[dagster]") {
  cursor c;
  for (int i = 0; i < 1000; ++i) (void)c.ask("category/dataset" + std::to_string(i), std::to_string(i));
  CHECK(c.text().size() < 26'000);
}

}  // namespace
