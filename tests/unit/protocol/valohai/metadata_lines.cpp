#include <waybill/protocol/valohai/metadata_lines.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

v::membership const m{.uri = "dataset://demo/v2", .from = "dataset://demo/v1", .exclude = {"a"}};

result<std::string> merged(std::string_view before, std::vector<std::string> const& files, v::membership const& of) {
  memory_source there{before};
  string_sink out;
  auto const bytes = v::merge_metadata_lines(there, files, of, out);
  if (!bytes) return bytes.error();
  CHECK(*bytes == out.str().size());
  return out.str();
}

std::string line(std::string_view file) { return v::metadata_line(file, v::sidecar_text(m)); }

TEST_CASE("A version's outputs have one line each", "[valohai]") {
  CHECK(merged("", {"a", "b"}, m).value() == line("a") + line("b"));
  CHECK(merged("", {}, m).value().empty());
}

TEST_CASE("Lines and members that others wrote stay", "[valohai]") {
  auto const text = merged(
      "{\"file\":\"log\",\"metadata\":{\"valohai.tags\":[\"t\"]}}\n\n"
      "{\"file\":\"a\",\"metadata\":{\"mine\":1,\"valohai.dataset-versions\":[\"dataset://other/v1\"]}}",
      {"a"}, m);
  REQUIRE(ok(text));
  CHECK(
      *text ==
      "{\"file\": \"log\", \"metadata\": {\"valohai.tags\": [\"t\"]}}\n"
      "{\"file\": \"a\", \"metadata\": {\"mine\": 1, \"valohai.dataset-versions\": [\"dataset://other/v1\", {\"uri\": "
      "\"dataset://demo/v2\", \"from\": \"dataset://demo/v1\", \"exclude\": [\"a\"]}]}}\n");
}

TEST_CASE("Memberships of an earlier run in the same dataset go", "[valohai]") {
  auto const before = merged("", {"a", "gone"}, {.uri = "dataset://demo/v1b"}).value();
  CHECK(merged(before, {"a"}, m).value() == line("a"));
  auto const plain = "{\"file\": \"x\", \"metadata\": {\"valohai.dataset-versions\": [\"dataset://demo/v0\"]}}\n";
  CHECK(merged(plain, {}, m).value().empty());
  auto const other = "{\"file\": \"x\", \"metadata\": {\"valohai.dataset-versions\": [\"dataset://demo2/v0\"]}}\n";
  CHECK(merged(other, {}, m).value() == other);
}

TEST_CASE("A broken line is an error that names the line", "[valohai]") {
  CHECK_THAT(failure(merged("{\"file\":\"a\",\"metadata\":{}}\n{", {"a"}, m)).path, contains("line 2"));
  CHECK(failure(merged("{\"file\":\"a\"}", {"a"}, m)).path == "line 1, /metadata");
}

}  // namespace
