#include <waybill/protocol/dolt/table_form.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("a table's form is read from what Dolt shows of it") {
  std::vector<table::row> const columns{{"k", "varchar(9)", "NO", "PRI", {}, ""},
                                        {"id", "bigint", "NO", "PRI", {}, ""},
                                        {"v", "double", "YES", "UNI", {}, ""}};
  std::vector<table::row> indexes{{"t", "0", "PRIMARY", "1", "id", {}}, {"t", "0", "PRIMARY", "2", "k", {}}};
  dolt::table_form wanted{
      "t", {{{"k", "varchar(9)", false}, {"id", "bigint", false}, {"v", "double", true}}, {"id", "k"}}, false};
  auto const plain = dolt::read_table_form("t", columns, indexes);
  REQUIRE(ok(plain));
  CHECK(*plain == wanted);
  indexes.push_back({"t", "1", "by_v", "1", "v", {}});
  CHECK(*dolt::read_table_form("t", columns, indexes) == wanted);
  indexes.push_back({"t", "0", "v", "1", "v", {}});
  wanted.more_unique_keys = true;
  CHECK(*dolt::read_table_form("t", columns, indexes) == wanted);
}

TEST_CASE("answers of another form are refused") {
  std::vector<table::row> const narrow{{"k", "int"}}, none;
  CHECK(failure(dolt::read_table_form("t", narrow, none)).code == errc::unsupported);
  CHECK(failure(dolt::read_table_form("t", none, narrow)).code == errc::unsupported);
}

TEST_CASE("a table is made with the types it is given and its key") {
  CHECK(dolt::create_table_text("a`b", {{{"id", "bigint", false}, {"x y", "decimal(10,2)", true}}, {"id"}}) ==
        "CREATE TABLE `a``b` (`id` bigint NOT NULL, `x y` decimal(10,2), PRIMARY KEY (`id`))");
}
