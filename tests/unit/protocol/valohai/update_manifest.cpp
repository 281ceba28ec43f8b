#include <waybill/protocol/valohai/update_manifest.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("A recorded manifest is read and written again byte for byte", "[valohai]") {
  int manifests = 0;
  for (auto const& file : std::filesystem::directory_iterator{vectors("valohai")}) {
    if (file.path().extension() != ".json" || file.path().stem() == "17-manifest-name-collision") continue;
    auto const recorded = json::parse(waybill_test::read_file(file.path())).value();
    auto const* phase1 = recorded.find("phase1");
    auto const* bytes = phase1 != nullptr ? phase1->find("manifest_bytes") : nullptr;
    if (bytes == nullptr || bytes->is_null()) continue;
    INFO(file.path());
    auto const m = v::read_manifest(*bytes->as_string());
    REQUIRE(ok(m));
    CHECK(v::write_manifest(*m) == *bytes->as_string());
    ++manifests;
  }
  CHECK(manifests >= 20);
}

std::string with(std::string_view from, std::string_view to) {
  std::string text =
      R"({"dataset_id":"d","exclude":["x"],"execution_id":null,"keep":{"k":"1"},"new":["n"],"new_version_name":"v",)"
      R"("new_version_uri":"u","old_version_id":null,"old_version_uri":null})";
  return text.replace(text.find(from), from.size(), to);
}

TEST_CASE("A manifest has exactly nine members", "[valohai]") {
  CHECK(ok(v::read_manifest(with("", ""))));
  CHECK(code_of(v::read_manifest(with("\"new\"", "\"extra\":1,\"new\""))) == "malformed_manifest");
  CHECK(failure(v::read_manifest(with(R"("old_version_id":null,)", ""))).path == "/old_version_id");
  CHECK(code_of(v::read_manifest(R"({"mine":1})")) == "malformed_manifest");
  CHECK(code_of(v::read_manifest("[]")) == "malformed_manifest");
  CHECK(code_of(v::read_manifest("{")) == "malformed_json");
}

TEST_CASE("Members of a manifest have their types", "[valohai]") {
  CHECK(code_of(v::read_manifest(with(R"(["n"])", "\"n\""))) == "wrong_type");
  CHECK(code_of(v::read_manifest(with(R"("1")", "1"))) == "wrong_type");
  CHECK(code_of(v::read_manifest(with(R"(["n"])", "null"))) == "wrong_type");
  CHECK(code_of(v::read_manifest(with(R"("d")", "\"\""))) == "malformed_manifest");
  CHECK(code_of(v::read_manifest(with(R"("v")", "\"\""))) == "malformed_manifest");
}

TEST_CASE("A name stands in a new version once", "[valohai]") {
  CHECK(failure(v::read_manifest(with(R"(["n"])", R"(["n","n"])"))).path == "n");
  CHECK(failure(v::read_manifest(with(R"(["n"])", R"(["k"])"))).path == "k");
  CHECK(code_of(v::read_manifest(with(R"("1")", "\"\""))) == "malformed_manifest");
}

TEST_CASE("Only a manifest of an old version that nothing enters or leaves changes nothing", "[valohai]") {
  v::update_manifest m{.dataset_id = "d", .new_version_name = "v", .new_version_uri = "u"};
  CHECK_FALSE(m.changes_nothing());  // the first version of all
  m.old_version_id = "aa";
  CHECK(m.changes_nothing());
  m.exclude = {"x"};
  CHECK_FALSE(m.changes_nothing());
  m.exclude.clear();
  m.new_files = {"n"};
  CHECK_FALSE(m.changes_nothing());
}

}  // namespace
