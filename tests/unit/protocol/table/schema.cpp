#include <waybill/protocol/table/schema.hpp>

#include <string>

#include <waybill/json/write.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

std::string refusal(std::string_view text) {
  auto const e = failure(parse_schema(text));
  return name_of(e.code) + " at " + e.path;
}

}  // namespace

TEST_CASE("a schema's document is read and written") {
  std::string const given =
      R"j({"columns": [{"name": "id", "type": "BIGINT"}, {"name": "note", "type": "longtext", "nullable": false},)j"
      R"j({"name": "x", "type": "Decimal(10, 2)", "new": 1}], "primary_key": ["id"], "new": {}})j";
  std::string const written = R"j({"columns":[{"name":"id","type":"bigint","nullable":false},)j"
                              R"j({"name":"note","type":"longtext","nullable":false},)j"
                              R"j({"name":"x","type":"decimal(10,2)","nullable":true}],"primary_key":["id"]})j";
  schema const expected{{{"id", "bigint", false}, {"note", "longtext", false}, {"x", "decimal(10,2)", true}}, {"id"}};
  auto const s = parse_schema(given);
  REQUIRE(ok(s));
  CHECK(*s == expected);
  CHECK(names_of(*s) == std::vector<std::string>{"id", "note", "x"});
  CHECK(json::compact(to_json(*s)) == written);
  CHECK(parse_schema(written).value() == expected);
}

TEST_CASE("what is wrong in a schema is found at its place") {
  CHECK(refusal("{") == "malformed_json at line 1, column 2");
  CHECK(refusal(R"({"primary_key":["a"]})") == "missing_member at /columns");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"}]})") == "missing_member at /primary_key");
  CHECK(refusal(R"({"columns":[{"name":"a"}],"primary_key":["a"]})") == "missing_member at /columns/0/type");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"},{"name":"b","type":"text64"}],"primary_key":["a"]})") ==
        "wrong_type at /columns/1/type");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"},{"name":"A","type":"int"}],"primary_key":["a"]})") ==
        "malformed_table at /columns/1/name");
  CHECK(refusal(R"({"columns":[{"name":"","type":"int"}],"primary_key":[""]})") ==
        "malformed_table at /columns/0/name");
  CHECK(refusal(R"({"columns":[{"name":"a\u0000","type":"int"}],"primary_key":["a"]})") ==
        "malformed_table at /columns/0/name");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"}],"primary_key":[]})") == "malformed_table at /primary_key");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"}],"primary_key":["b"]})") ==
        "malformed_table at /primary_key/0");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"int"}],"primary_key":["a","a"]})") ==
        "malformed_table at /primary_key/1");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"longtext"}],"primary_key":["a"]})") ==
        "wrong_type at /primary_key/0");
  CHECK(refusal(R"({"columns":[{"name":"a","type":"json"}],"primary_key":["a"]})") == "wrong_type at /primary_key/0");
}

TEST_CASE("a column of a primary key has a length where it could be of any") {
  for (auto const* type : {"char", "varchar(9)", "binary(16)", "date", "double", "enum('a')", "decimal"}) {
    CAPTURE(type);
    schema const s{{{"a", type, true}}, {"a"}};
    CHECK(ok(checked(s)));
  }
}
