#include <waybill/protocol/table/inference.hpp>

#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

using texts = std::vector<std::optional<std::string>>;

result<schema> infer(texts const& values, bool key) {
  schema_inference seen{{"id", "v"}};
  int id = 0;
  for (auto const& v : values) {
    auto const name = std::to_string(id++);
    seen.see(std::vector<cell_view>{name, v});
  }
  return seen.finish({key ? "v" : "id"});
}

std::string type_of(texts const& values, bool key = false) { return infer(values, key).value().columns[1].type; }

}  // namespace

TEST_CASE("whole numbers are bigint as long as they fit and keep every digit") {
  CHECK(type_of({"1", std::nullopt, "-9223372036854775808", "9223372036854775807"}) == "bigint");
  CHECK(type_of({"1", "9223372036854775808"}) == "bigint unsigned");
  CHECK(type_of({"-1", "9223372036854775808"}) == "decimal(65,0)");
  CHECK(type_of({"18446744073709551616"}) == "decimal(65,0)");
  CHECK(type_of({"-9223372036854775809"}) == "decimal(65,0)");
  CHECK(type_of({std::string(66, '9')}) == "longtext");
}

TEST_CASE("numbers with a point are double unless that loses digits") {
  CHECK(type_of({"1", "2.5", "123456789.123", "1e300"}) == "double");
  CHECK(type_of({"0.30000000000000004"}) == "double");
  CHECK(type_of({"1", "0.1234567890123456789"}) == "decimal(20,19)");
  CHECK(type_of({"12345678901234567890.5", "0.25"}) == "decimal(22,2)");
  CHECK(type_of({"0.1234567890123456789", "1e5"}) == "longtext");
  CHECK(type_of({"1e400"}) == "longtext");
}

TEST_CASE("what only looks like a number stays text") {
  for (auto const* text : {"007", "00", "-01", "+5", "1 ", "0x10", "nan", "inf", "1,000", "true", "False", ""}) {
    CAPTURE(text);
    CHECK(type_of({"1", text}) == "longtext");
  }
  CHECK(type_of({"-0"}) == "double");
}

TEST_CASE("dates and times are told from text by all values") {
  CHECK(type_of({"2024-01-31", "2024-02-29"}) == "date");
  CHECK(type_of({"2024-01-31 00:00:00"}) == "datetime");
  CHECK(type_of({"2024-01-31 00:00:00", "2024-01-31 00:00:00.125"}) == "datetime(3)");
  CHECK(type_of({"2024-01-31", "2024-01-31 00:00:00"}) == "longtext");
  CHECK(type_of({"2024-01-31T00:00:00Z"}) == "longtext");
  CHECK(type_of({"2023-02-29"}) == "longtext");
}

TEST_CASE("text in a key has a length and bytes are no text") {
  CHECK(type_of({"a"}, true) == "varchar(255)");
  CHECK(type_of({std::string(255, 'a')}, true) == "varchar(255)");
  CHECK(type_of({std::string(256, 'a')}, true) == "varchar(768)");
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "\xc3\xa4";
  CHECK(type_of({umlauts}, true) == "varchar(255)");
  CHECK(type_of({"a", "\xff"}) == "longblob");
  CHECK(type_of({"a", "\xff"}, true) == "varbinary(255)");
  CHECK(type_of({"\xff" + std::string(255, 'a')}, true) == "varbinary(3072)");
  CHECK(type_of({"1"}, true) == "bigint");
}

TEST_CASE("a column without a value is longtext") {
  CHECK(type_of({std::nullopt, std::nullopt}) == "longtext");
  CHECK(type_of({}) == "longtext");
  CHECK(type_of({}, true) == "varchar(255)");
}

TEST_CASE("a key that is missing or too long for one is refused") {
  CHECK(code_of(infer({"1", std::nullopt}, true)) == "malformed_table");
  CHECK(code_of(infer({std::string(769, 'a')}, true)) == "malformed_table");
  CHECK(code_of(schema_inference{{"a"}}.finish({"b"})) == "malformed_table");
  auto const s = infer({"x"}, false).value();
  CHECK(s.columns == std::vector<column>{{"id", "bigint", false}, {"v", "longtext", true}});
}
