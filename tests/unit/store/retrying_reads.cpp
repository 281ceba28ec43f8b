#include <waybill/store/retrying.hpp>

#include "contract.hpp"
#include "factories.hpp"
#include "faulty.hpp"
#include "noted_waits.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

TEST_CASE("a source goes on at the byte it had reached") {
  auto const bytes = vector_bytes(100'000, 5);
  for (auto const& key : {std::string{"plain"}, object_key(digest_of(algorithms::sha256, bytes))}) {
    memory_store inner;
    REQUIRE(put(inner, key, bytes));
    auto const plan = std::make_shared<fault_plan>();
    plan->largest_read = 7'000;
    std::set<std::uint64_t> failed;
    plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
      return failed.insert(position).second ? std::optional{passing_failure("read")} : std::nullopt;
    };
    noted_waits noted;
    retrying store{faulty{inner, plan}, noted.policy(2)};
    INFO(key);
    CHECK((get(store, key).value() == bytes));
    CHECK(noted.waits.size() == failed.size());
    CHECK(std::ranges::all_of(noted.waits, [](auto wait) { return wait == 100ms; }));
    failed.clear();
    CHECK((get(store, key, {1'000, 50'000}).value() == bytes.substr(1'000, 50'000)));
    failed.clear();
    CHECK((get(store, key, {99'000, {}}).value() == bytes.substr(99'000)));
  }
}

TEST_CASE("a source that makes no progress gives up") {
  memory_store inner;
  REQUIRE(put(inner, "k", vector_bytes(10'000, 1)));
  auto const plan = std::make_shared<fault_plan>();
  plan->largest_read = 1'000;
  plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
    return position >= 3'000 ? std::optional{passing_failure("read")} : std::nullopt;
  };
  noted_waits noted;
  auto const r = get(retrying{faulty{inner, plan}, noted.policy(4)}, "k");
  REQUIRE_FALSE(r);
  CHECK(r.error().code == errc::temporary);
  CHECK(noted.waits == std::vector{100ms, 200ms, 400ms});
}

TEST_CASE("a resumed source never mixes two versions of an object") {
  auto const first = vector_bytes(10'000, 1), second = vector_bytes(10'000, 2);
  for (std::uint64_t const at : {0u, 4'000u}) {
    memory_store inner;
    REQUIRE(put(inner, "k", first));
    auto const plan = std::make_shared<fault_plan>();
    plan->largest_read = 2'000;
    bool replaced = false;
    plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
      if (position != at || std::exchange(replaced, true)) return std::nullopt;
      REQUIRE(put(inner, "k", second));
      return passing_failure("read");
    };
    auto const r = get(retrying{faulty{inner, plan}}, "k");
    if (at == 0) CHECK((r.value() == second));
    else CHECK(r.error().code == errc::source_changed);
  }
}

TEST_CASE("content-addressed objects are opened without asking for their version") {
  auto const key = object_key(digest_of(algorithms::sha256, "text"));
  memory_store inner;
  REQUIRE(put(inner, key, "text"));
  auto const plan = std::make_shared<fault_plan>();
  retrying store{faulty{inner, plan}};
  CHECK(get(store, key).value() == "text");
  CHECK(plan->count("head") == 0);
  CHECK(plan->count("open") == 1);
}

TEST_CASE("a listing goes on behind the last key it visited") {
  memory_store inner;
  std::vector<std::string> keys;
  for (int i = 100; i < 150; ++i) {
    keys.push_back(std::to_string(i));
    REQUIRE(put(inner, keys.back(), "x"));
  }
  auto const plan = std::make_shared<fault_plan>();
  std::set<std::string> failed;
  plan->before = [&](std::string_view operation, std::string_view key) -> std::optional<error> {
    bool const due = operation == "visit" && (key == "110" || key == "111" || key == "149");
    return due && failed.insert(std::string{key}).second ? std::optional{passing_failure("list")} : std::nullopt;
  };
  retrying store{faulty{inner, plan}};
  CHECK(keys_of(store) == keys);
  CHECK(plan->count("list") == 4);
  // Progress starts the count anew; standing still does not.
  failed.clear();
  CHECK(keys_of(retrying{faulty{inner, plan}, {.attempts = 2}}) == keys);
  plan->before = [](std::string_view operation, std::string_view key) {
    return operation == "visit" && key == "120" ? std::optional{passing_failure("list")} : std::nullopt;
  };
  plan->calls.clear();
  CHECK_FALSE(store.list("", [](object_info const&) { return result<void>{}; }));
  CHECK(plan->count("list") == 4);
}

TEST_CASE("verification around repetition checks a resumed read") {
  auto const bytes = vector_bytes(100'000, 5);
  auto const key = object_key(digest_of(algorithms::sha256, bytes));
  memory_store inner;
  REQUIRE(put(inner, key, bytes));
  auto const plan = std::make_shared<fault_plan>();
  plan->largest_read = 10'000;
  bool failed = false, damage = false;
  plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
    return position == 50'000 && !std::exchange(failed, true) ? std::optional{passing_failure("read")} : std::nullopt;
  };
  plan->damage = [&](std::string_view, std::uint64_t position, std::span<std::byte> part) {
    if (damage && position == 70'000) part[0] ^= std::byte{1};
  };
  verified store{retrying{faulty{inner, plan}}};
  CHECK((get(store, key).value() == bytes));
  CHECK(failed);
  failed = false;
  damage = true;
  CHECK(get(store, key).error().code == errc::digest_mismatch);
}

TEST_CASE("an object that is replaced while it is opened again is noticed") {
  auto const first = vector_bytes(10'000, 1), second = vector_bytes(10'000, 2);
  memory_store inner;
  REQUIRE(put(inner, "k", first));
  auto const plan = std::make_shared<fault_plan>();
  plan->largest_read = 2'000;
  bool failed = false;
  plan->read = [&](std::string_view, std::uint64_t position) -> std::optional<error> {
    return position == 4'000 && !std::exchange(failed, true) ? std::optional{passing_failure("read")} : std::nullopt;
  };
  plan->before = [&](std::string_view operation, std::string_view) -> std::optional<error> {
    if (operation == "open" && failed) REQUIRE(put(inner, "k", second));
    return std::nullopt;
  };
  CHECK(get(retrying{faulty{inner, plan}}, "k").error().code == errc::source_changed);
}
