#include <waybill/protocol/valohai/python_json.hpp>

#include <waybill/json/parse.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("Documents are written as Python's json.dumps writes them", "[valohai]") {
  // python3 -c 'import json; print(json.dumps({"a": [1, "é", None, True], "b": {}, "c": [], "d": "😀"}))'
  auto const document = json::parse(R"({"a":[1,"é",null,true],"b":{},"c":[],"d":"😀"})").value();
  CHECK(v::python_json(document) == R"({"a": [1, "\u00e9", null, true], "b": {}, "c": [], "d": "\ud83d\ude00"})");
}

TEST_CASE("Texts become an array in their order and an absent text becomes null", "[valohai]") {
  CHECK(v::python_json(v::text_array(std::vector<std::string>{"b", "a"})) == R"(["b", "a"])");
  std::string const text = "x";
  CHECK(v::python_json(v::text_or_null(&text)) == "\"x\"");
  CHECK(v::python_json(v::text_or_null(nullptr)) == "null");
}

}  // namespace
