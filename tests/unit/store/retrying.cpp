#include <waybill/store/retrying.hpp>

#include "contract.hpp"
#include "factories.hpp"
#include "faulty.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

/// Waits are noted, not waited.
struct noted_waits {
  std::vector<std::chrono::milliseconds> waits;
  retry_policy policy(unsigned attempts = 4) {
    return {attempts, 100ms, 1s, {}, [this](std::chrono::milliseconds wait) -> result<void> {
              waits.push_back(wait);
              return {};
            }};
  }
};

template <class Factory>
struct flaky_factory {
  auto operator()() {
    using inner = decltype(make());
    return retrying<faulty<inner>>{faulty<inner>{make(), everything_fails_once()}, {.attempts = 6}};
  }
  Factory make;
};

/// Fails the first `times` calls of an operation.
fault_plan::hook failing(std::string operation, int times, error e) {
  auto const left = std::make_shared<std::atomic<int>>(times);
  return [=](std::string_view called, std::string_view) -> std::optional<error> {
    if (called != operation || left->fetch_sub(1) <= 0) return std::nullopt;
    return e;
  };
}

}  // namespace

TEMPLATE_TEST_CASE("a retrying store keeps the contract", "[store]", memory_factory, directory_factory) {
  decorated_factory<retrying, TestType> make;
  store_contract(make);
}

TEST_CASE("a store that keeps failing for a moment keeps the contract when it is retried", "[store]") {
  flaky_factory<memory_factory> make;
  store_contract(make);
}

TEST_CASE("waits double up to the longest, and their second half is random") {
  retry_policy policy{.attempts = 9, .first_delay = 100ms, .max_delay = 1s};
  CHECK(policy.delay(1) == 100ms);
  CHECK(policy.delay(2) == 200ms);
  CHECK(policy.delay(4) == 800ms);
  CHECK(policy.delay(5) == 1s);
  CHECK(policy.delay(4'000'000'000u) == 1s);
  policy.jitter = [] { return 0.0; };
  CHECK(policy.delay(2) == 100ms);
  policy.jitter = [] { return 1.0; };
  CHECK(policy.delay(2) == 200ms);
  policy.jitter = [] { return 0.25; };
  CHECK(policy.delay(2) == 125ms);
  policy.jitter = [] { return 17.0; };
  CHECK(policy.delay(2) == 200ms);
  policy.jitter = {};
  policy.first_delay = 5s;
  CHECK(policy.delay(1) == 1s);
  policy.max_delay = std::chrono::milliseconds::max();
  CHECK(policy.delay(200) == std::chrono::milliseconds::max());
  CHECK(retry_policy{.first_delay = 0ms, .max_delay = 0ms}.delay(3) == 0ms);
}

TEST_CASE("what fails for a moment is repeated, so often and no more") {
  for (std::string const operation :
       {"head", "open", "list", "put", "remove", "flush", "read_ref", "swap_ref", "remove_ref"}) {
    INFO(operation);
    noted_waits noted;
    auto const plan = std::make_shared<fault_plan>();
    memory_store inner;
    REQUIRE(put(inner, "k", "text"));
    auto const version = inner.read_ref("k").value().value().version;
    retrying store{faulty{inner, plan}, noted.policy(4)};
    auto const call = [&]() -> result<void> {
      auto const drop = [](auto const& r) { return r ? result<void>{} : result<void>{r.error()}; };
      if (operation == "head") return drop(store.head("k"));
      if (operation == "open") return drop(store.open("k"));
      if (operation == "list") return store.list("", [](object_info const&) { return result<void>{}; });
      if (operation == "put") return drop(put(store, "p", "x"));
      if (operation == "remove") return store.remove("none");
      if (operation == "flush") return store.flush();
      if (operation == "read_ref") return drop(store.read_ref("k"));
      if (operation == "swap_ref") return drop(store.swap_ref("s", std::nullopt, "x"));
      return store.remove_ref("k", version);
    };
    plan->before = failing(operation, 3, passing_failure(operation));
    CHECK(call());
    CHECK(plan->count(operation) == 4);
    CHECK(noted.waits == std::vector{100ms, 200ms, 400ms});

    plan->calls.clear();
    plan->before = failing(operation, 100, passing_failure(operation));
    auto const given_up = call();
    REQUIRE_FALSE(given_up);
    CHECK(given_up.error() == passing_failure(operation));
    CHECK(plan->count(operation) == 4);

    for (errc const lasting : {errc::lost_race, errc::collision, errc::object_not_found, errc::denied, errc::permanent,
                               errc::digest_mismatch, errc::interrupted, errc::unsafe_key}) {
      plan->calls.clear();
      plan->before = failing(operation, 100, make_error(lasting, "so it is"));
      CHECK(call().error().code == lasting);
      CHECK(plan->count(operation) == 1);
    }
  }
}

TEST_CASE("errors of the operating system that pass are repeated too") {
  auto const plan = std::make_shared<fault_plan>();
  plan->before = failing("head", 1, system_error(ETIMEDOUT, "stalled"));
  memory_store inner;
  REQUIRE(put(inner, "k", "text"));
  CHECK(retrying{faulty{inner, plan}}.head("k"));
}

TEST_CASE("one attempt, or none, is no repetition") {
  for (unsigned const attempts : {0u, 1u}) {
    auto const plan = std::make_shared<fault_plan>();
    plan->before = failing("head", 1, passing_failure("x"));
    CHECK(retrying{faulty{memory_store{}, plan}, {.attempts = attempts}}.head("k").error().code == errc::temporary);
    CHECK(plan->count("head") == 1);
  }
}

TEST_CASE("a wait that is interrupted ends the attempts") {
  auto const plan = std::make_shared<fault_plan>();
  plan->before = failing("head", 100, passing_failure("x"));
  retry_policy policy;
  policy.sleep = [](std::chrono::milliseconds) -> result<void> { return make_error(errc::interrupted, "stopped"); };
  CHECK(retrying{faulty{memory_store{}, plan}, policy}.head("k").error().code == errc::interrupted);
  CHECK(plan->count("head") == 1);
}

TEST_CASE("put opens its content anew for each attempt") {
  struct counting final : object_content {
    std::uint64_t size() const override { return 4; }
    result<std::unique_ptr<byte_source>> open(byte_range) const override {
      ++opened;
      return std::unique_ptr<byte_source>{std::make_unique<memory_source>(std::string_view{"text"})};
    }
    mutable int opened = 0;
  } const content;
  auto const plan = std::make_shared<fault_plan>();
  plan->after = failing("put", 2, passing_failure("answer lost"));
  memory_store inner;
  retrying store{faulty{inner, plan}};
  REQUIRE(store.put("k", content));
  CHECK(content.opened == 3);
  CHECK(get(inner, "k").value() == "text");
}

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

TEST_CASE("what a visitor says is not taken for a failure of the store") {
  memory_store inner;
  REQUIRE(put(inner, "k", "x"));
  auto const plan = std::make_shared<fault_plan>();
  retrying store{faulty{inner, plan}};
  int visits = 0;
  auto const r = store.list("", [&](object_info const&) -> result<void> {
    ++visits;
    return passing_failure("the visitor's own");
  });
  REQUIRE_FALSE(r);
  CHECK(r.error() == passing_failure("the visitor's own"));
  CHECK(visits == 1);
  CHECK(plan->count("list") == 1);
}

TEST_CASE("a swap whose answer was lost is reported as a lost race, never done twice") {
  auto const plan = std::make_shared<fault_plan>();
  plan->after = failing("swap_ref", 1, passing_failure("answer lost"));
  memory_store inner;
  retrying store{faulty{inner, plan}};
  CHECK(store.swap_ref("r", std::nullopt, "1").error().code == errc::lost_race);
  CHECK(store.read_ref("r").value().value().text == "1");
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
