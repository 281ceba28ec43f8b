#include <waybill/protocol/valohai/metadata_lines.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

v::membership const m{.uri = "dataset://demo/v2", .from = "dataset://demo/v1", .exclude = {"a"}};

TEST_CASE("A version's outputs have one line each", "[valohai]") {
  CHECK(v::merge_metadata_lines("", {"a", "b"}, m).value() == v::metadata_line("a", m) + v::metadata_line("b", m));
  CHECK(v::merge_metadata_lines("", {}, m).value().empty());
}

TEST_CASE("Lines and members that others wrote stay", "[valohai]") {
  auto const merged = v::merge_metadata_lines(
      "{\"file\":\"log\",\"metadata\":{\"valohai.tags\":[\"t\"]}}\n\n"
      "{\"file\":\"a\",\"metadata\":{\"mine\":1,\"valohai.dataset-versions\":[\"dataset://other/v1\"]}}",
      {"a"}, m);
  REQUIRE(ok(merged));
  CHECK(
      *merged ==
      "{\"file\": \"log\", \"metadata\": {\"valohai.tags\": [\"t\"]}}\n"
      "{\"file\": \"a\", \"metadata\": {\"mine\": 1, \"valohai.dataset-versions\": [\"dataset://other/v1\", {\"uri\": "
      "\"dataset://demo/v2\", \"from\": \"dataset://demo/v1\", \"exclude\": [\"a\"]}]}}\n");
}

TEST_CASE("Memberships of an earlier run in the same dataset go", "[valohai]") {
  auto const before = v::merge_metadata_lines("", {"a", "gone"}, {.uri = "dataset://demo/v1b"}).value();
  CHECK(v::merge_metadata_lines(before, {"a"}, m).value() == v::metadata_line("a", m));
  auto const plain = "{\"file\": \"x\", \"metadata\": {\"valohai.dataset-versions\": [\"dataset://demo/v0\"]}}\n";
  CHECK(v::merge_metadata_lines(plain, {}, m).value().empty());
  auto const other = "{\"file\": \"x\", \"metadata\": {\"valohai.dataset-versions\": [\"dataset://demo2/v0\"]}}\n";
  CHECK(v::merge_metadata_lines(other, {}, m).value() == other);
}

TEST_CASE("A broken line is an error that names the line", "[valohai]") {
  CHECK_THAT(failure(v::merge_metadata_lines("{\"file\":\"a\",\"metadata\":{}}\n{", {"a"}, m)).path,
             contains("line 2"));
  CHECK(failure(v::merge_metadata_lines("{\"file\":\"a\"}", {"a"}, m)).path == "line 1, /metadata");
}

}  // namespace
