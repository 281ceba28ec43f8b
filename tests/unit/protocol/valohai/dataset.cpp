#include <waybill/protocol/valohai/dataset.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("A dataset names its latest version once it has one", "[valohai]") {
  auto const read = [](std::string_view text) { return v::read_dataset(json::parse(text).value()); };
  CHECK_FALSE(read(R"({"id":"d5","name":"demo","latest_version":null})").value().latest);
  auto const full = read(R"({"id":"d5","name":"demo","latest_version":{"id":"aa","name":"v1"},"owner":1})").value();
  CHECK(full.name == "demo");
  CHECK(full.latest->id == "aa");
  CHECK(full.latest->name == "v1");
  CHECK(read(R"({"id":"d5","name":"demo","latest_version":"aa"})").value().latest->id == "aa");
  CHECK(failure(read(R"({"id":"d5"})")).path == "/name");
  CHECK(failure(read(R"({"id":"d5","name":"x","latest_version":{}})")).path == "/latest_version/id");
}

TEST_CASE("A version lists its data in the platform's order", "[valohai]") {
  auto const read = [](std::string_view text) { return v::read_version(json::parse(text).value()); };
  auto const version =
      read(R"({"id":"aa","name":"v1","files":[{"datum":{"id":"2","name":"b"}},{"datum":"1"}]})").value();
  REQUIRE(version.files.size() == 2);
  CHECK(version.files[0].name == "b");
  CHECK(version.files[1].id == "1");
  CHECK(failure(read(R"({"id":"aa","name":"v1"})")).path == "/files");
  CHECK(failure(read(R"({"id":"aa","name":"v1","files":[{}]})")).path == "/files/0");
  CHECK(failure(read(R"({"id":"aa","name":"v1","files":[{"datum":{"id":"1"}}]})")).path == "/files/0/datum/name");
}

}  // namespace
