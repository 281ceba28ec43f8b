#include <waybill/store/retrying.hpp>

#include "contract.hpp"
#include "factories.hpp"
#include "faulty.hpp"
#include "noted_waits.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::chrono_literals;

namespace {

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
