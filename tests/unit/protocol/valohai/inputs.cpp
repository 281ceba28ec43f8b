#include <waybill/protocol/valohai/inputs.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("The files of an input are data even where their bytes are not here", "[valohai]") {
  auto const document = json::parse(R"({"current":{"input_id":"i","files":[
    {"name":"sub/a","path":"/valohai/inputs/current/sub/a","size":3,"uri":"datum://d1","checksums":
      {"sha256":"8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8"},"metadata":[]},
    {"name":"b","size":0,"uri":"","datum_id":"d2","checksums":[]},
    {"name":"c","uri":"https://x/c"}]}})")
                            .value();
  auto const read = v::read_input(document, "current");
  REQUIRE(ok(read));
  REQUIRE(read->has_value());
  auto const& files = **read;
  REQUIRE(files.size() == 3);
  CHECK(files[0].id == "d1");
  CHECK(files[0].name == "sub/a");
  CHECK(files[0].size == 3u);
  CHECK(files[0].digests.size() == 1);
  CHECK(files[1].id == "d2");
  CHECK_FALSE(files[1].size);  // 0 is written for unknown as well
  CHECK(files[1].digests.empty());
  CHECK(files[2].id.empty());
  CHECK_FALSE(v::read_input(document, "other").value());
}

TEST_CASE("A broken list of inputs is an error with its place", "[valohai]") {
  CHECK(code_of(v::read_input(json::parse("[]").value(), "x")) == "wrong_type");
  CHECK(failure(v::read_input(json::parse(R"({"x":{}})").value(), "x")).path == "/x/files");
  CHECK(failure(v::read_input(json::parse(R"({"x":{"files":[{"size":1}]}})").value(), "x")).path == "/x/files/0/name");
}

}  // namespace
