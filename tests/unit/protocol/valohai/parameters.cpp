#include <waybill/protocol/valohai/parameters.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("Parameters are read as texts and lists and flags", "[valohai]") {
  auto const p =
      v::parameters::parse(
          R"({"dataset-id":"d5","jobs":4,"alias":["a","b"],"one":"x","flat":true,"dry-run":"true","none":null,
                         "empty":"","on_missing":"keep"})",
          "parameters.json")
          .value();
  CHECK(p.text("dataset-id").value() == "d5");
  CHECK(p.text("jobs").value() == "4");
  CHECK_FALSE(p.text("none").value());
  CHECK_FALSE(p.text("empty").value());
  CHECK_FALSE(p.text("absent").value());
  CHECK(p.text("on-missing").value() == "keep");
  CHECK(p.list("alias").value() == std::vector<std::string>{"a", "b"});
  CHECK(p.list("one").value() == std::vector<std::string>{"x"});
  CHECK(p.list("absent").value().empty());
  CHECK(p.flag("flat").value() == true);
  CHECK(p.flag("dry-run").value() == true);
  CHECK_FALSE(p.flag("absent").value());
}

TEST_CASE("Parameters of another kind are errors that name them and their file", "[valohai]") {
  CHECK(code_of(v::parameters::parse("[]", "p")) == "wrong_type");
  CHECK(failure(v::parameters::parse("{", "dir/p.json")).path.starts_with("dir/p.json, line 1"));
  auto const p = v::parameters::parse(R"({"a":{},"b":[{}],"c":3})", "dir/p.json").value();
  CHECK(failure(p.text("a")).path == "dir/p.json, /a");
  CHECK(code_of(p.list("b")) == "wrong_type");
  CHECK(code_of(p.list("a")) == "wrong_type");
  CHECK(code_of(p.flag("c")) == "wrong_type");
}

}  // namespace
