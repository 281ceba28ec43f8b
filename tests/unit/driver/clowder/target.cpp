#include <waybill/driver/clowder/target.hpp>

#include <waybill/driver/clowder/dataset.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

TEST_CASE("Space and dataset are made once and found the next time", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const api = api_of(platform);
    c::upload_target const target{.title = "t", .space = "s", .category = "cat"};
    auto const first = c::choose_dataset(api, target, true);
    REQUIRE(ok(first));
    CHECK(first->made);
    auto const second = c::choose_dataset(api, target, true).value();
    CHECK(second.id == first->id);
    CHECK_FALSE(second.made);
    CHECK(platform.datasets.size() == 1);
    CHECK(platform.spaces.size() == (version == c::api_version::v1 ? 1 : 0));
    CHECK(*platform.metadata.at(0).second.find("category")->as_string() == "cat");
    CHECK(*platform.metadata.at(0).second.find("space")->as_string() == "s");
  }
}

TEST_CASE("Lost answers make no second space and no second dataset", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    platform.faults = {{"/spaces", kind::lost_answer}, {"POST", kind::lost_answer, 2}};
    REQUIRE(ok(c::choose_dataset(api_of(platform), {.title = "t", .space = "s"}, true)));
    CHECK(platform.datasets.size() == 1);
    CHECK(platform.spaces.size() == (version == c::api_version::v1 ? 1 : 0));
  }
}

TEST_CASE("Nothing is made where nothing may be made", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const chosen = c::choose_dataset(api_of(platform), {.title = "t", .space = "s"}, false).value();
    CHECK(chosen.id.empty());
    CHECK(platform.count("POST") == 0);
  }
}

TEST_CASE("A dataset is found in its own space only and by its exact title", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  platform.spaces = {{"65a000000000000000000050", {}, "S"}, {"65a000000000000000000051", {}, "s"}};
  (void)platform.add_dataset("t", "65a000000000000000000050");
  (void)platform.add_dataset("T", "65a000000000000000000051");
  auto const own = platform.add_dataset("t", "65a000000000000000000051");
  auto const free = platform.add_dataset("t");
  auto const api = api_of(platform);
  CHECK(c::choose_dataset(api, {.title = "t", .space = "s"}, false)->id == own);
  CHECK(c::choose_dataset(api, {.title = "t"}, false)->id == free);
  CHECK(c::choose_dataset(api, {.title = "t", .space = "65a000000000000000000051"}, false)->id == own);
}

TEST_CASE("A category is the space where no other is named", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  auto const chosen = c::choose_dataset(api_of(platform), {.title = "t", .category = "cat"}, true).value();
  REQUIRE(platform.spaces.size() == 1);
  CHECK(platform.spaces[0].name == "cat");
  CHECK(platform.datasets[0].parent == chosen.space_id);
}

TEST_CASE("Version 2 passes over datasets that were made for another space", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const api = api_of(platform);
  auto const a = c::choose_dataset(api, {.title = "t", .category = "a"}, true).value();
  auto const b = c::choose_dataset(api, {.title = "t", .category = "b"}, true).value();
  CHECK(a.id != b.id);
  CHECK(c::choose_dataset(api, {.title = "t", .category = "a"}, true)->id == a.id);
  auto const foreign = platform.add_dataset("u");
  CHECK(c::choose_dataset(api, {.title = "u", .category = "a"}, true)->id == foreign);
}

TEST_CASE("Of several datasets the oldest is taken and the others are counted", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  auto const first = platform.add_dataset("t");
  (void)platform.add_dataset("t");
  auto const chosen = c::choose_dataset(api_of(platform), {.title = "t"}, true).value();
  CHECK(chosen.id == first);
  CHECK(chosen.others == 1);
}

TEST_CASE("A space's id that is none is not taken for a name", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  auto const missing = c::choose_dataset(api_of(platform), {.title = "t", .space = "65a000000000000000000099"}, true);
  CHECK(failure(missing).code == condition::not_found);
  CHECK(platform.spaces.empty());
  CHECK(platform.datasets.empty());
}

}  // namespace
