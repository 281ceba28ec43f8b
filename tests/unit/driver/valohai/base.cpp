#include <waybill/driver/valohai/base.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

TEST_CASE("The base is the dataset's latest version", "[valohai]") {
  fake_platform platform;
  serve_dataset(platform, file_json("1", "a", "x"));
  auto const base = v::base_of_platform(api_of(platform), "01900000-0000-7000-8000-0000000000d5", {});
  CHECK_FALSE(base);  // only d5 is served
  platform.on(get_line("datasets/01900000-0000-7000-8000-0000000000d5/"),
              R"({"id":"d5","name":"demo","latest_version":{"id":"aa"}})");
  auto const found = v::base_of_platform(api_of(platform), "01900000-0000-7000-8000-0000000000d5", {});
  REQUIRE(ok(found));
  CHECK(found->uri == "dataset://demo/v1");
  CHECK(found->version->id == "aa");
  CHECK(found->before.find("a")->id == "1");
}

TEST_CASE("A dataset without a version starts from nothing and one with an impossible name is refused", "[valohai]") {
  fake_platform platform;
  auto const id = std::string{"01900000-0000-7000-8000-0000000000d5"};
  platform.on(get_line("datasets/" + id + "/"), R"({"id":"d5","name":"demo","latest_version":null})");
  platform.on(get_line("datasets/" + id + "/"), R"({"id":"d5","name":"de/mo","latest_version":null})");
  auto const first = v::base_of_platform(api_of(platform), id, {});
  REQUIRE(ok(first));
  CHECK_FALSE(first->uri);
  CHECK(first->before.files().empty());
  CHECK(code_of(v::base_of_platform(api_of(platform), id, {})) == "malformed_name");
}

TEST_CASE("An input stands for the old version without a question", "[valohai]") {
  auto const base = v::base_of_input({{"1", "a"}}, "demo", "latest", {});
  REQUIRE(ok(base));
  CHECK(base->uri == "dataset://demo/latest");
  CHECK_FALSE(base->version);
  CHECK_FALSE(v::base_of_input({}, "demo", "latest", {})->uri);  // nothing to take over
  CHECK(code_of(v::base_of_input({}, "01900000-0000-7000-8000-0000000000d5", "latest", {})) == "usage");
  CHECK(code_of(v::base_of_input({}, "a/b", "latest", {})) == "malformed_name");
  CHECK(code_of(v::base_of_input({{"1", "a"}, {"2", "a"}}, "demo", "latest", {})) == "duplicate_key");
}

}  // namespace
