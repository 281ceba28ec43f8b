#include <waybill/driver/clowder/api.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;
using kind = fake_clowder::kind;

TEST_CASE("A platform is asked which version it is", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    auto const found = c::api::open(platform, {.base = "https://clowder.example", .key = "k3y"}, std::nullopt);
    REQUIRE(ok(found));
    CHECK(found->version() == version);
    CHECK(platform.lines.front() == "GET /api/v2/status");
    CHECK(found->release().value() == (version == c::api_version::v1 ? "1.23.0" : "2.0.0"));
  }
}

TEST_CASE("What is no Clowder is said to be none and what is out of reach is not taken for one", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  platform.faults = {{"GET", kind::html, 9}};
  auto const other = failure(c::api::open(platform, {.base = "https://clowder.example", .key = "k3y"}, std::nullopt));
  CHECK(other.code == errc::permanent);
  CHECK_THAT(other.detail, contains("CLOWDER_URL"));
  platform.faults = {{"GET", kind::lost_request, 9}};
  CHECK(failure(c::api::open(platform, {.base = "https://clowder.example", .key = "k3y"}, std::nullopt)).code ==
        condition::transient);
}

TEST_CASE("A wrong key is found out although version 1 takes it for none", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    CHECK(ok(api_of(platform).check_key()));
    auto const wrong = c::api::open(platform, {.base = "https://clowder.example", .key = "wr0ng"}, version).value();
    CHECK(failure(wrong.check_key()).code == condition::denied);
    CHECK(platform.datasets.empty());
  }
}

TEST_CASE("Pages are read to their end and no item counts twice", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  for (int i = 0; i < 7; ++i) (void)platform.add_dataset("d" + std::to_string(i));
  auto const api = api_of(platform);
  CHECK(api.get_all([&](std::uint64_t skip) { return api.ask().datasets("", skip); }).value().size() == 7);
  CHECK(platform.count("GET /api/v2/datasets") == 3);
  // One that is made between two pages moves the last of the first one to the second.
  std::uint64_t asked = 0;
  auto const items = api.get_all([&](std::uint64_t skip) {
    if (asked++ == 1) (void)platform.add_dataset("late");
    return api.ask().datasets("", skip);
  });
  CHECK(items.value().size() == 7);
}

TEST_CASE("What only reads is repeated and waited for", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  platform.faults = {{"GET /api/datasets", kind::lost_request}, {"GET /api/datasets", kind::status, 1, 500}};
  int waits = 0;
  auto const api = api_of(platform, &waits);
  CHECK(ok(api.get(api.ask().datasets("", 0))));
  CHECK(waits == 2);
  platform.faults = {{"GET /api/datasets", kind::status, 9, 502}};
  CHECK(failure(api.get(api.ask().datasets("", 0))).code == condition::transient);
}

TEST_CASE("An answer that is none is for good and shows no key", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  platform.faults = {{"GET /api/datasets", kind::html}};
  auto const api = api_of(platform);
  CHECK(failure(api.get(api.ask().datasets("", 0))).code == errc::permanent);
  CHECK(platform.count("GET /api/datasets") == 1);
  CHECK(api.without_key(make_error(errc::denied, "k3y is no key", "x?key=k3y")).message().find("k3y") ==
        std::string::npos);
}

TEST_CASE("What is made is looked for before it is made again", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  auto const api = api_of(platform);
  int made = 0, looked = 0;
  auto const make = [&](int failing) {
    return [&, failing]() -> result<int> {
      if (++made <= failing) return make_error(errc::temporary, "lost");
      return made;
    };
  };
  auto const look = [&](int there) {
    return [&, there]() -> result<std::optional<int>> { return ++looked == there ? std::optional{100} : std::nullopt; };
  };
  CHECK(api.once(make(0), look(1)).value() == 1);
  CHECK(looked == 0);
  made = 0;
  CHECK(api.once(make(1), look(1)).value() == 100);
  CHECK(made == 1);
  made = looked = 0;
  CHECK(api.once(make(1), look(9)).value() == 2);
  made = looked = 0;
  CHECK(api.once(make(9), look(3)).value() == 100);  // after the last attempt, too
  CHECK(made == 3);
  made = looked = 0;
  CHECK(failure(api.once(make(9), look(9))).code == condition::transient);
}

TEST_CASE("A stored file has a last byte to read", "[clowder]") {
  fake_clowder platform{c::api_version::v1};
  auto const dataset = platform.add_dataset("d");
  platform.add_file(dataset, "a", "abc");
  platform.add_file(dataset, "empty", "");
  auto const api = api_of(platform);
  CHECK(api.is_stored(platform.files[0].id, 3).value());
  CHECK(api.is_stored(platform.files[1].id, 0).value());
  platform.files[0].lost = platform.files[1].lost = true;
  CHECK_FALSE(api.is_stored(platform.files[0].id, 3).value());
  CHECK_FALSE(api.is_stored(platform.files[1].id, 0).value());
}

TEST_CASE("Removing what is gone is done", "[clowder]") {
  for (auto const version : both_versions) {
    fake_clowder platform{version};
    CHECK(ok(api_of(platform).remove_file("65a000000000000000000099")));
  }
}

TEST_CASE("Names beyond Latin-1 are downloaded from the store of version 2 without the key", "[clowder]") {
  fake_clowder platform{c::api_version::v2};
  auto const api = api_of(platform);
  auto const dataset = platform.add_dataset("d");
  platform.add_file(dataset, "\xE2\x82\xAC", "abc");
  CHECK(ok(api.open_file({.id = platform.files[0].id, .name = platform.files[0].name})));
  CHECK(platform.count("/url") == 1);
  CHECK(platform.lines.back().starts_with("GET /65a0"));
  CHECK_FALSE(platform.leaked);
}

}  // namespace
