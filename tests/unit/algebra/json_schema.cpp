#include <waybill/algebra/json_schema.hpp>

#include <waybill/json/parse.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::failure;

namespace {

json_schema compiled(std::string_view text) { return json_schema::compile(json::parse(text).value()).value(); }

std::vector<std::string> violations(std::string_view schema, std::string_view document) {
  return compiled(schema).violations(json::parse(document, {.python_extensions = true}).value());
}

bool fits(std::string_view schema, std::string_view document) { return violations(schema, document).empty(); }

error refused(std::string_view schema) {
  auto e = failure(json_schema::compile(json::parse(schema).value(), "/at"));
  CHECK(e.code == errc::usage);
  return e;
}

std::string nested(int levels, std::string_view open, std::string_view inside, std::string_view close) {
  std::string out;
  for (int i = 0; i < levels; ++i) out += open;
  out += inside;
  for (int i = 0; i < levels; ++i) out += close;
  return out;
}

}  // namespace

TEST_CASE("documents are held to types, members, ranges and lists") {
  auto const* schema = R"({"type":"object","required":["label"],"additionalProperties":false,
    "properties":{"label":{"type":"string","enum":["cat","dog"]},"score":{"type":"number","minimum":0,"maximum":1},
                  "box":{"type":"array","items":{"type":"integer"},"minItems":4,"maxItems":4}}})";
  CHECK(fits(schema, R"({"label":"cat"})"));
  CHECK(fits(schema, R"({"label":"dog","score":0.5,"box":[1,2,3,4]})"));
  CHECK(fits(schema, R"({"label":"dog","score":1})"));
  CHECK_FALSE(fits(schema, R"({"label":"cow"})"));
  CHECK_FALSE(fits(schema, R"({"score":0.5})"));
  CHECK_FALSE(fits(schema, R"({"label":"cat","score":1.5})"));
  CHECK_FALSE(fits(schema, R"({"label":"cat","box":[1,2,3]})"));
  CHECK_FALSE(fits(schema, R"({"label":"cat","box":[1,2,3,"4"]})"));
  CHECK_FALSE(fits(schema, R"({"label":"cat","more":1})"));
  CHECK_FALSE(fits(schema, "[]"));
  CHECK_FALSE(fits(schema, R"({"label":null})"));
}

TEST_CASE("a violation says where and what, once") {
  auto const found = violations(R"({"properties":{"a/b":{"items":{"properties":{"x":{"type":"string"}}}}}})",
                                R"({"a/b":[{"x":"fine"},{"x":1}]})");
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], waybill_test::contains("/a~1b/1/x: "));
  CHECK_THAT(found[0], waybill_test::contains("type"));
  CHECK(violations(R"({"required":["a","b"]})", "{}").size() == 2);
}

TEST_CASE("numbers count by their value") {
  CHECK(fits(R"({"type":"integer"})", "1.0"));
  CHECK(fits(R"({"type":"integer"})", "1e3"));
  CHECK_FALSE(fits(R"({"type":"integer"})", "1.5"));
  CHECK(fits(R"({"type":"number"})", "18446744073709551615"));
  CHECK(fits(R"({"const":1})", "1.0"));
  CHECK(fits(R"({"multipleOf":0.1})", "0.3"));
  CHECK(fits(R"({"multipleOf":2})", "4"));
  CHECK_FALSE(fits(R"({"multipleOf":2})", "2.5"));
  CHECK_FALSE(fits(R"({"multipleOf":2})", "3"));
  CHECK_FALSE(fits(R"({"exclusiveMinimum":0})", "0"));
  CHECK_FALSE(fits("{}", "NaN"));
  CHECK_FALSE(fits("{}", R"({"a":[Infinity]})"));
}

TEST_CASE("draft 7 keywords work together") {
  CHECK_FALSE(fits("false", "1"));
  CHECK(fits("true", "1"));
  auto const* conditional =
      R"({"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}})";
  CHECK(fits(conditional, R"({"k":"a","x":1})"));
  CHECK_FALSE(fits(conditional, R"({"k":"a","y":1})"));
  CHECK(fits(conditional, R"({"k":"b","y":1})"));
  CHECK_FALSE(fits(R"({"contains":{"const":1}})", "[2,3]"));
  CHECK_FALSE(fits(R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})"));
  CHECK_FALSE(fits(R"({"not":{"type":"null"}})", "null"));
  CHECK_FALSE(fits(R"({"oneOf":[{"type":"integer"},{"minimum":1}]})", "2"));
  CHECK_FALSE(fits(R"({"uniqueItems":true})", "[1,2,1]"));
  CHECK_FALSE(fits(R"({"dependencies":{"a":["b"]}})", R"({"a":1})"));
  CHECK_FALSE(fits(R"({"patternProperties":{"^n_":{"type":"integer"}}})", R"({"n_x":"s"})"));
  CHECK_FALSE(fits(R"({"pattern":"^[a-z]+$"})", R"("A")"));
  CHECK(fits(R"({"maxLength":2})", R"("äö")"));
}

TEST_CASE("references name schemas of the same document, also recursive ones") {
  auto const* tree = R"({"definitions":{"node":{"type":"object","properties":{"children":{"type":"array",
    "items":{"$ref":"#/definitions/node"}}}}},"$ref":"#/definitions/node"})";
  CHECK(fits(tree, R"({"children":[{"children":[]},{}]})"));
  CHECK_FALSE(fits(tree, R"({"children":[{"children":[7]}]})"));
  CHECK_FALSE(fits(R"({"properties":{"next":{"$ref":"#"}},"required":["id"]})", R"({"id":1,"next":{}})"));
}

TEST_CASE("a format is asked of texts only, and only dates and times are checked") {
  auto const* nullable = R"({"type":["string","null"],"format":"date"})";
  CHECK(fits(nullable, "null"));
  CHECK(fits(nullable, R"("2026-11-20")"));
  CHECK_FALSE(fits(nullable, R"("20 November")"));
  CHECK_FALSE(fits(R"({"format":"date-time","allOf":[true]})", R"("2026-11-20")"));
  CHECK(fits(R"({"format":"date"})", "17"));
  CHECK(fits(R"({"format":"email"})", R"("anything")"));
}

TEST_CASE("what is no schema is refused with its place") {
  CHECK(refused("1").path == "/at");
  CHECK(refused(R"({"type":"strnig"})").path == "/at");
  CHECK(refused(R"({"properties":{"a":{"multipleOf":0}}})").path == "/at/properties/a/multipleOf");
  CHECK(refused(R"({"properties":{"a":{"pattern":"("}}})").path == "/at/properties/a/pattern");
  CHECK(refused(R"({"patternProperties":{"[":{}}})").path == "/at/patternProperties/[");
  CHECK(refused(R"({"items":3})").path == "/at/items");
  CHECK(refused(R"({"allOf":[]})").path == "/at/allOf");
  CHECK(refused(R"({"allOf":[{"not":[]}]})").path == "/at/allOf/0/not");
  CHECK(refused(R"({"properties":[]})").path == "/at/properties");
  CHECK(refused(R"({"required":"a"})").path == "/at");
  CHECK(refused(R"({"format":1})").path == "/at/format");
  refused(R"({"minLength":-1})");
  refused(R"({"required":[1]})");
}

TEST_CASE("references that lead nowhere, elsewhere or in a circle are refused") {
  CHECK(refused(R"({"$ref":"#/definitions/none"})").path == "/at/$ref");
  CHECK(refused(R"({"$ref":"http://example.com/schema.json"})").path == "/at/$ref");
  CHECK(refused(R"({"$ref":"#/enum/0","enum":[{}]})").path == "/at/$ref");
  refused(R"({"$ref":"#"})");
  refused(R"({"anyOf":[{"type":"null"},{"$ref":"#"}]})");
  refused(R"({"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"allOf":[{"$ref":"#/definitions/a"}]}}})");
}

TEST_CASE("hostile documents and schemas cost an answer, not the stack") {
  CHECK_FALSE(fits("{}", nested(100, "[", "1", "]")));
  CHECK(fits("{}", nested(50, "[", "1", "]")));
  auto const* deep = R"({"items":{"$ref":"#"},"pattern":"^(a|b)*$"})";
  CHECK(fits(deep, nested(60, "[", "\"ab\"", "]")));
  refused(nested(100, R"({"not":)", "true", "}"));
  CHECK(fits(R"({"pattern":"^(a|b)*$"})", '"' + std::string(1024, 'a') + '"'));
  CHECK_THAT(violations(R"({"pattern":"^(a|b)*$"})", R"({"k":")" + std::string(1'000'000, 'a') + "\"}").at(0),
             waybill_test::contains("/k: a text of 1000000 bytes is too long"));
  CHECK(fits(R"({"type":"string"})", '"' + std::string(1'000'000, 'a') + '"'));
}
