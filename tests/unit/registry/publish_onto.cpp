#include <waybill/registry/publish_onto.hpp>

#include <waybill/registry/package_history.hpp>

#include "fixture.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

manifest version(std::string const& message) {
  manifest_builder b;
  b.header.set_message(message);
  return b.build().value();
}

std::string latest(registry const& r) {
  return r.resolve({.name = name("a/b"), .tag = {}, .hash = {}, .registry = {}, .path = {}}).value();
}

registry with_history() {
  auto out = memory_registry();
  out.keep_history({"tester", [n = 0]() mutable { return "nonce" + std::to_string(n++); }});
  return out;
}

result<void> put_onto(registry& r, manifest const& m, package_name const& to, std::optional<std::string> const& base,
                      std::string const& tag, timestamp now) {
  auto held = passage::enter(r.store()).value();
  return publish_onto(r, m, to, base, tag, now, held);
}

result<void> put_aside(registry& r, manifest const& m, package_name const& to, std::string const& tag) {
  auto held = passage::enter(r.store()).value();
  return publish_aside(r, m, to, tag, held);
}

}  // namespace

TEST_CASE("a version is published only onto the one it was made from") {
  auto r = with_history();
  auto const one = version("one"), two = version("two"), late = version("late");
  REQUIRE(ok(put_onto(r, one, name("a/b"), std::nullopt, "t1", second(1000))));
  CHECK(code_of(put_onto(r, late, name("a/b"), std::nullopt, "t3", second(1001))) == "lost_race");
  REQUIRE(ok(put_onto(r, two, name("a/b"), one.top_hash().hex(), "t2", second(1001))));
  CHECK(code_of(put_onto(r, late, name("a/b"), one.top_hash().hex(), "t3", second(1002))) == "lost_race");
  CHECK(latest(r) == two.top_hash().hex());
  std::map<std::string, std::string> const tags{{"t1", one.top_hash().hex()}, {"t2", two.top_hash().hex()}};
  CHECK(r.tags(name("a/b")).value() == tags);
  CHECK(r.versions(name("a/b")).value().size() == 2);
}

TEST_CASE("versions that follow each other are in the history with their author") {
  auto r = with_history();
  auto const one = version("one"), two = version("two");
  REQUIRE(ok(put_onto(r, one, name("a/b"), std::nullopt, "t1", second(1000))));
  REQUIRE(ok(put_onto(r, two, name("a/b"), one.top_hash().hex(), "t2", second(1001))));
  auto const opened = package_history{r}.open(name("a/b"), history::depth::actions).value();
  auto const& marks = opened.data().line.savepoints;
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].manifest == one.top_hash().hex());
  CHECK(marks[1].manifest == two.top_hash().hex());
  CHECK(opened.unsaved.empty());
}

TEST_CASE("a publication that was stopped behind its swap is finished once") {
  auto r = with_history();
  auto const one = version("one");
  REQUIRE(ok(put_aside(r, one, name("a/b"), "t1")));
  CHECK(code_of(r.resolve({.name = name("a/b"), .tag = {}, .hash = {}, .registry = {}, .path = {}})) ==
        "package_not_found");
  REQUIRE(ok(r.store().swap_ref(".quilt/named_packages/a/b/latest", std::nullopt, one.top_hash().hex())));
  for (int i = 0; i < 2; ++i) {
    REQUIRE(ok(finish_publication(r, one, name("a/b"), second(1000 + i))));
    CHECK(list_pushes(r.store(), name("a/b")).value().size() == 1);
  }
  auto const again = put_onto(r, one, name("a/b"), std::nullopt, "t1", second(1005));
  CHECK(ok(again));
}

TEST_CASE("a version beside the branch can be read by its hash and its tag") {
  auto r = memory_registry();
  auto const one = version("one"), aside = version("aside");
  REQUIRE(ok(put_onto(r, one, name("a/b"), std::nullopt, "t1", second(1000))));
  REQUIRE(ok(put_aside(r, aside, name("a/b"), "kept")));
  CHECK(latest(r) == one.top_hash().hex());
  CHECK(r.resolve({.name = name("a/b"), .tag = "kept", .hash = {}, .registry = {}, .path = {}}).value() ==
        aside.top_hash().hex());
  CHECK(ok(r.load(aside.top_hash().hex())));
  CHECK(code_of(put_aside(r, aside, name("a/b"), "latest")) == "usage");
}
