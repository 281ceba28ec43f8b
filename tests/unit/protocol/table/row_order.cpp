#include <waybill/protocol/table/row_order.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"
#include "unit/protocol/table/rows.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("a key is ordered column by column by what its types say") {
  auto const key = primary_key_of(
      checked({{{"v", "longtext", true}, {"b", "varchar(9)", true}, {"a", "bigint", true}}, {"a", "b"}}).value());
  CHECK(key.names == std::vector<std::string>{"a", "b"});
  CHECK(key.kinds == std::vector<value_kind>{value_kind::whole, value_kind::text});
  auto const order = [&](std::vector<cell_view> const& a, std::vector<cell_view> const& b) {
    return compare_keys(key.kinds, a, b);
  };
  CHECK(order({"9", "b"}, {"10", "a"}) < 0);
  CHECK(order({"9", "10"}, {"9", "9"}) < 0);
  CHECK(order({"9", std::nullopt}, {"9", ""}) < 0);
  CHECK(order({"9", std::nullopt}, {"9", std::nullopt}) == 0);
  CHECK(order({"9", "a"}, {"9", "A"}) > 0);
}

TEST_CASE("rows out of order or with a key that came before are refused with their line") {
  key_columns const key{{"id"}, {value_kind::whole}};
  auto const last_line = [&](std::string const& csv) {
    text_table t{csv};
    auto rows = ordered_rows::over(t.table, key).value();
    for (;;) {
      auto const r = rows.advance();
      if (!r) return name_of(r.error().code) + " at " + r.error().path;
      if (rows.at_end()) return std::string{"end"};
    }
  };
  CHECK(last_line("v,id\na,9\nb,10\nc,11\n") == "end");
  CHECK(last_line("id\n9\n8\n") == "unsorted at line 3");
  CHECK(last_line("id\n9\n10\n10\n") == "unsorted at line 4");
  text_table other{"a\n1\n"};
  CHECK(code_of(ordered_rows::over(other.table, key)) == "malformed_table");
}

TEST_CASE("who is at the end stands behind all others") {
  key_columns const key{{"id"}, {value_kind::whole}};
  text_table a{"id\n2\n"}, b{"id\n1\n"};
  auto rows_a = ordered_rows::over(a.table, key).value();
  auto rows_b = ordered_rows::over(b.table, key).value();
  REQUIRE(ok(rows_a.advance()));
  REQUIRE(ok(rows_b.advance()));
  CHECK(compare_places(key, rows_a, rows_b) > 0);
  REQUIRE(ok(rows_b.advance()));
  CHECK(compare_places(key, rows_a, rows_b) < 0);
  REQUIRE(ok(rows_a.advance()));
  CHECK(compare_places(key, rows_a, rows_b) == 0);
}
