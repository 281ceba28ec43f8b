#include <waybill/protocol/table/csv_table.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("the first line names the columns and rows have a value for each") {
  memory_source from{std::string_view{"id,Name\n1,a\n\n2,\n"}};
  auto table = csv_table::open(from);
  REQUIRE(ok(table));
  CHECK(table->columns() == std::vector<std::string>{"id", "Name"});
  CHECK(table->find("Name") == 1);
  CHECK_FALSE(table->find("name"));
  CHECK((*table->next().value())[1] == "a");
  CHECK_FALSE((*table->next().value())[1]);
  CHECK(table->line() == 4);
  CHECK_FALSE(table->next().value());
}

TEST_CASE("an empty line of a table with one column is a row") {
  memory_source from{std::string_view{"a\n\nx\n"}};
  auto table = csv_table::open(from).value();
  CHECK_FALSE((*table.next().value())[0]);
  CHECK((*table.next().value())[0] == "x");
}

TEST_CASE("columns without a name or of one name and rows of another length are refused") {
  auto const refusal = [](std::string_view text) {
    memory_source from{text};
    auto table = csv_table::open(from);
    if (!table) return name_of(table.error().code) + ": " + table.error().message();
    auto const row = table->next();
    return row ? std::string{"read"} : name_of(row.error().code) + ": " + row.error().message();
  };
  CHECK(refusal("") == "malformed_table: line 1: a first line with the names of the columns is missing");
  CHECK(refusal("a,,b\n") == "malformed_table: line 1: column 2 has no name");
  CHECK(refusal("a,\"\"\n") == "malformed_table: line 1: column 2 has no name");
  CHECK(refusal("id,Id\n") == "malformed_table: line 1: a column 'Id' stands there twice");
  CHECK(refusal("a,b\n1\n") == "malformed_table: line 2: a row has 1 values, and there are 2 columns");
  CHECK(refusal("a,b\n1,2,3\n") == "malformed_table: line 2: a row has 3 values, and there are 2 columns");
}

TEST_CASE("columns are found by their names") {
  std::vector<std::string> const columns{"a", "b", "c"};
  CHECK(positions_of(std::vector<std::string>{"c", "a"}, columns).value() == std::vector<std::size_t>{2, 0});
  CHECK(code_of(positions_of(std::vector<std::string>{"a", "x"}, columns)) == "malformed_table");
}
