#include <waybill/registry/gate.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::ok;
using waybill_test::temporary_directory;

namespace {

constexpr gate_times quick{std::chrono::milliseconds{5}, std::chrono::milliseconds{40}, std::chrono::milliseconds{1}};

std::string text_of(any_store& store) {
  auto const now = store.read_ref(".waybill/collection").value();
  return now ? now->text : std::string{};
}

/// What asks to stop after a while.
std::stop_token soon(std::stop_source& source) {
  static_cast<void>(source.request_stop());
  return source.get_token();
}

}  // namespace

TEST_CASE("a passage is undisturbed as long as nothing was collected") {
  any_store store{memory_store{}};
  auto p = passage::enter(store).value();
  CHECK(p.undisturbed().value());
  {
    auto const gate = closed_gate::close(store, "one", {}).value();
  }
  CHECK_FALSE(p.undisturbed().value());
  CHECK(p.undisturbed().value());
  CHECK(passage::enter(store).value().undisturbed().value());
  CHECK(text_of(store) == R"({"state":"done","collection":"one","beats":0})");
}

TEST_CASE("a passage that was entered while something was collected is disturbed") {
  any_store store{memory_store{}};
  auto gate = closed_gate::close(store, "one", {}).value();
  auto p = passage::enter(store).value();
  CHECK(ok(gate.open()));
  CHECK_FALSE(p.undisturbed().value());
}

TEST_CASE("a passage waits for a collection that is at work") {
  any_store store{memory_store{}};
  auto p = passage::enter(store).value();
  auto gate = closed_gate::close(store, "one", {}).value();
  std::stop_source stop;
  auto stopped = passage::enter(store, soon(stop)).value();
  CHECK(failure(stopped.undisturbed()).code == errc::interrupted);
  std::jthread const opening{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    static_cast<void>(gate.open());
  }};
  CHECK_FALSE(p.undisturbed().value());
  CHECK(text_of(store).starts_with(R"({"state":"done")"));
}

TEST_CASE("one collection is at work at a time") {
  any_store store{memory_store{}};
  auto first = closed_gate::close(store, "one", {}).value();
  std::stop_source stop;
  CHECK(failure(closed_gate::close(store, "two", soon(stop))).code == errc::interrupted);
  CHECK(ok(first.open()));
  auto second = closed_gate::close(store, "two", {}).value();
  CHECK(ok(second.keep()));
}

TEST_CASE("a collection that says nothing for long is taken for dead and finds that out") {
  any_store store{memory_store{}};
  auto dead = closed_gate::close(store, "dead", {}, quick).value();
  auto p = passage::enter(store, {}, quick).value();
  CHECK_FALSE(p.undisturbed().value());
  CHECK(text_of(store).starts_with(R"({"state":"abandoned","collection":"dead")"));
  CHECK(failure(dead.keep()).code == errc::lost_race);
  CHECK(failure(dead.keep()).code == errc::lost_race);
  CHECK(ok(dead.open()));
  CHECK(text_of(store).starts_with(R"({"state":"abandoned")"));
}

TEST_CASE("a collection that goes on saying that it is alive is waited for") {
  any_store store{memory_store{}};
  auto p = passage::enter(store, {}, quick).value();
  auto gate = closed_gate::close(store, "alive", {}, quick).value();
  std::jthread const working{[&] {
    for (int i = 0; i < 12; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      CHECK(ok(gate.keep()));
    }
    CHECK(ok(gate.open()));
  }};
  CHECK_FALSE(p.undisturbed().value());
  CHECK(text_of(store).starts_with(R"({"state":"done","collection":"alive")"));
}

TEST_CASE("in a directory passages stand beside each other and a closed gate alone") {
  temporary_directory const dir;
  auto r = directory_registry(dir.path());
  std::stop_source stop;
  static_cast<void>(stop.request_stop());
  {
    auto first = passage::enter(r.store()).value();
    auto const second = passage::enter(r.store()).value();
    CHECK(first.undisturbed().value());
    CHECK(failure(closed_gate::close(r.store(), "one", stop.get_token())).code == errc::interrupted);
  }
  {
    auto gate = closed_gate::close(r.store(), "one", {}).value();
    CHECK(ok(gate.keep()));
    CHECK(failure(passage::enter(r.store(), stop.get_token())).code == errc::interrupted);
    CHECK(failure(closed_gate::close(r.store(), "two", stop.get_token())).code == errc::interrupted);
  }
  CHECK(ok(passage::enter(r.store())));
  CHECK_FALSE(r.store().head(".waybill/collection"));
}

TEST_CASE("work is done again where a collection was in the way and nowhere else") {
  int calls = 0;
  auto const lost = [&](bool again) -> result<int> {
    CHECK(again == (calls++ != 0));
    return make_error(errc::lost_race, "lost");
  };
  CHECK(failure(repeat_collected(lost)).code == errc::lost_race);
  CHECK(calls == 20);
  calls = 0;
  CHECK(repeat_collected([&](bool) -> result<int> {
          return ++calls == 2 ? result<int>{7} : make_error(errc::lost_race, "");
        }).value() == 7);
  calls = 0;
  CHECK(failure(repeat_collected([&](bool) -> result<int> {
          ++calls;
          return make_error(errc::denied, "");
        })).code == errc::denied);
  CHECK(calls == 1);
}
