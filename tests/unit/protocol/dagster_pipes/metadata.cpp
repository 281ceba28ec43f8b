#include <waybill/protocol/dagster_pipes/metadata.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
using value = waybill::dagster_pipes::metadata_value;

std::string text_of(value const& v) { return json::compact(v.document()); }

TEST_CASE("Each kind of metadata has its type and the form Dagster takes", "[dagster]") {
  CHECK(text_of(value::text("t")) == R"({"type":"text","raw_value":"t"})");
  CHECK(text_of(value::integer(std::uint64_t{3})) == R"({"type":"int","raw_value":3})");
  CHECK(text_of(value::floating(1)) == R"({"type":"float","raw_value":1.0})");
  CHECK(text_of(value::floating(0.1)) == R"({"type":"float","raw_value":0.1})");
  CHECK(text_of(value::timestamp(1.7e9)) == R"({"type":"timestamp","raw_value":1700000000.0})");
  CHECK(text_of(value::boolean(false)) == R"({"type":"bool","raw_value":false})");
  CHECK(text_of(value::null()) == R"({"type":"null","raw_value":null})");
  CHECK(text_of(value::markdown("**m**")) == R"({"type":"md","raw_value":"**m**"})");
  CHECK(text_of(value::structure(json::object{{"a", 1 == 1}})) == R"({"type":"json","raw_value":{"a":true}})");
  CHECK(text_of(value::structure("x")) == R"({"type":"json","raw_value":["x"]})");
  CHECK(text_of(value::table({{"key", "string"}}, {json::object{{"key", "a"}}})) ==
        R"({"type":"table","raw_value":{"records":[{"key":"a"}],"schema":[{"name":"key","type":"string"}]}})");
  for (auto const& v :
       {value::url("x"), value::path("x"), value::notebook("x"), value::asset("x"), value::dagster_run("x")})
    CHECK(text_of(v) == R"({"type":")" + v.type() + R"(","raw_value":"x"})");
}

TEST_CASE("A value finds its type by what it is", "[dagster]") {
  auto const type_of = [](char const* text) { return value::like(json::parse(text).value()).type(); };
  CHECK(type_of("1") == "int");
  CHECK(type_of("1.0") == "float");
  CHECK(type_of("1e3") == "float");
  CHECK(type_of("\"x\"") == "text");
  CHECK(type_of("true") == "bool");
  CHECK(type_of("null") == "null");
  CHECK(type_of("[1]") == "json");
  CHECK(type_of("{}") == "json");
}

TEST_CASE("A type that Dagster does not know is refused and so is a value of another type", "[dagster]") {
  CHECK(value::of("int", json::value::integer(std::int64_t{1})));
  CHECK(text_of(value::of("float", json::value::integer(std::int64_t{1})).value()) ==
        R"({"type":"float","raw_value":1.0})");
  for (char const* type : {"blob", "job", "", "INT"}) CHECK(code_of(value::of(type, "x")) == "wrong_type");
  CHECK(code_of(value::of("int", json::number{"1.0"})) == "wrong_type");
  CHECK(code_of(value::of("int", "1")) == "wrong_type");
  CHECK(code_of(value::of("text", 1 == 1)) == "wrong_type");
  CHECK(code_of(value::of("json", "x")) == "wrong_type");
  CHECK(code_of(value::of("table", json::array{})) == "wrong_type");
  CHECK(code_of(value::of("bool", nullptr)) == "wrong_type");
  CHECK(code_of(value::of("null", 1 == 1)) == "wrong_type");
  CHECK(code_of(value::of("float", "x")) == "wrong_type");
}

}  // namespace
