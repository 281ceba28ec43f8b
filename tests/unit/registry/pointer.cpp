#include <waybill/registry/pointer.hpp>

#include <waybill/registry/layout.hpp>

#include "fixture.hpp"
#include "unit/store/faulty.hpp"

using namespace waybill;
using waybill_test::failure;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::put;
using waybill_test::second;

namespace {

std::string hash_of(char digit) { return std::string(64, digit); }

}  // namespace

TEST_CASE("a pointer is read with or without white space and written without") {
  any_store store{memory_store{}};
  CHECK(read_pointer(store, "p").value() == std::nullopt);
  put(store, "p", hash_of('a') + "\r\n");
  CHECK(read_pointer(store, "p").value() == hash_of('a'));
  CHECK(swap_pointer(store, "p", hash_of('b')).value() == hash_of('a'));
  CHECK(store.read_ref("p").value()->text == hash_of('b'));
}

TEST_CASE("setting a pointer to what it holds rewrites another writer's white space") {
  any_store store{memory_store{}};
  put(store, "p", hash_of('a') + "\n");
  CHECK(swap_pointer(store, "p", hash_of('a')).value() == hash_of('a'));
  CHECK(store.read_ref("p").value()->text == hash_of('a'));
}

TEST_CASE("a damaged pointer is said, named and can be set again") {
  for (std::string const& text : {std::string{}, std::string{"nonsense"}, hash_of('A'), hash_of('a') + hash_of('a'),
                                  std::string(100'000, 'a'), "../" + hash_of('a')}) {
    any_store store{memory_store{}};
    put(store, "p", text);
    auto const e = failure(read_pointer(store, "p"));
    CHECK(e.code == errc::corrupt_state);
    CHECK(e.path == store.url("p").url());
    CHECK(swap_pointer(store, "p", hash_of('c')).value() == std::nullopt);
    CHECK(read_pointer(store, "p").value() == hash_of('c'));
  }
}

TEST_CASE("over a network a pointer is read as a reference which the store checks") {
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  plan->damage = [](std::string_view, std::uint64_t, std::span<std::byte> bytes) {
    if (!bytes.empty()) bytes[0] = std::byte{'b'};
  };
  any_store far{waybill_test::faulty{waybill_test::network_store{}, plan}};
  put(far, "p", hash_of('a'));
  CHECK(read_pointer(far, "p").value() == hash_of('a'));
  CHECK(read_pointer(far, "none").value() == std::nullopt);
  put(far, "p", std::string(100'000, 'a'));
  CHECK(failure(read_pointer(far, "p")).code == errc::corrupt_state);
  plan->before = [](std::string_view, std::string_view) { return std::optional{waybill_test::passing_failure("now")}; };
  CHECK(failure(read_pointer(far, "p")).code == errc::temporary);
}

TEST_CASE("a second that is taken becomes the next free one, and no push is lost") {
  any_store store{memory_store{}};
  auto const package = name("ns/data");
  for (char digit : {'1', '2', '3'}) REQUIRE(ok(add_push(store, package, hash_of(digit), second(1000))));
  auto const pushes = list_pushes(store, package).value();
  REQUIRE(pushes.size() == 3);
  CHECK(pushes[0].seconds == 1000);
  CHECK(pushes[0].top_hash == hash_of('1'));
  CHECK(pushes[2].seconds == 1002);
  CHECK(pushes[2].top_hash == hash_of('3'));
}

TEST_CASE("a push that is repeated within its second finds its own pointer") {
  any_store store{memory_store{}};
  for (int i = 0; i < 3; ++i) REQUIRE(ok(add_push(store, name("ns/data"), hash_of('1'), second(1000))));
  CHECK(list_pushes(store, name("ns/data")).value().size() == 1);
}

TEST_CASE("a timestamp of the future or of another program does not break the list") {
  any_store store{memory_store{}};
  auto const package = name("ns/data");
  auto const prefix = layout::pointers_prefix(package);
  put(store, prefix + "99999999999999999999", hash_of('1'));
  put(store, prefix + "9223372036854775807", hash_of('1'));
  put(store, prefix + "12x", hash_of('1'));
  put(store, prefix + "-5", hash_of('1'));
  put(store, prefix + "7", "damaged");
  put(store, prefix + "8", hash_of('2') + "\n");
  auto const pushes = list_pushes(store, package).value();
  REQUIRE(pushes.size() == 1);
  CHECK(pushes[0].seconds == 8);
}

TEST_CASE("a swap that is lost is tried again, and in the end said") {
  auto const watch = std::make_shared<waybill_test::store_watch>();
  any_store store{waybill_test::watched_store{watch}};
  watch->swaps_to_lose = 5;
  REQUIRE(ok(swap_pointer(store, "p", hash_of('a'))));
  CHECK(read_pointer(store, "p").value() == hash_of('a'));
  watch->swaps_to_lose = 1'000'000;
  auto const e = failure(swap_pointer(store, "p", hash_of('b')));
  CHECK(e.code == errc::lost_race);
  CHECK_THAT(e.detail, waybill_test::contains("repeat"));
  CHECK(read_pointer(store, "p").value() == hash_of('a'));
  CHECK(watch->swaps_to_lose < 1'000'000);
  CHECK(watch->swaps_to_lose > 999'000);
}

TEST_CASE("a store that fails for a moment is not one without pointers") {
  memory_store inner;
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  any_store store{waybill_test::faulty{inner, plan}};
  REQUIRE(ok(add_push(store, name("ns/data"), hash_of('1'), second(1000))));
  REQUIRE(ok(swap_pointer(store, "p", hash_of('1'))));
  for (std::string const operation : {"open", "list", "read_ref", "swap_ref"}) {
    INFO(operation);
    plan->before = [&](std::string_view called, std::string_view) {
      return called == operation ? std::optional{waybill_test::passing_failure(operation)} : std::nullopt;
    };
    if (operation == "open") CHECK(failure(read_pointer(store, "p")) == waybill_test::passing_failure(operation));
    if (operation == "open" || operation == "list")
      CHECK(failure(list_pushes(store, name("ns/data"))) == waybill_test::passing_failure(operation));
    plan->calls.clear();
    if (operation == "read_ref" || operation == "swap_ref") {
      CHECK(failure(swap_pointer(store, "p", hash_of('2'))) == waybill_test::passing_failure(operation));
      CHECK(plan->count(operation) == 1);
    }
    if (operation == "swap_ref")
      CHECK(failure(add_push(store, name("ns/data"), hash_of('2'), second(1000))) ==
            waybill_test::passing_failure(operation));
    plan->before = {};
  }
  CHECK(read_pointer(store, "p").value() == hash_of('1'));
}

TEST_CASE("a pointer that comes in pieces is read whole") {
  memory_store inner;
  auto const plan = std::make_shared<waybill_test::fault_plan>();
  plan->largest_read = 10;
  any_store store{waybill_test::faulty{inner, plan}};
  put(store, "p", hash_of('a') + "\n");
  CHECK(read_pointer(store, "p").value() == hash_of('a'));
}

TEST_CASE("pushes are in the order of time, whatever the number of digits") {
  any_store store{memory_store{}};
  for (std::int64_t const s : {1000, 99, 999, 100})
    REQUIRE(ok(add_push(store, name("ns/data"), hash_of('1'), second(s))));
  std::vector<std::int64_t> seconds;
  for (auto const& push : list_pushes(store, name("ns/data")).value()) seconds.push_back(push.seconds);
  CHECK(seconds == std::vector<std::int64_t>{99, 100, 999, 1000});
}

TEST_CASE("a push bears the second it began in and none before 1970") {
  any_store store{memory_store{}};
  REQUIRE(ok(add_push(store, name("ns/data"), hash_of('1'), second(1000) + std::chrono::milliseconds{900})));
  REQUIRE(ok(add_push(store, name("ns/data"), hash_of('2'), second(-5))));
  auto const pushes = list_pushes(store, name("ns/data")).value();
  REQUIRE(pushes.size() == 2);
  CHECK(pushes[0].seconds == 0);
  CHECK(pushes[1].seconds == 1000);
}
