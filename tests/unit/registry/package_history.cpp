#include <waybill/registry/package_history.hpp>

#include <waybill/history/act.hpp>
#include <waybill/history/merge.hpp>
#include <waybill/history/savepoint.hpp>
#include <waybill/registry/layout.hpp>

#include "fixture.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

history::stamp ann() { return {"ann", "2026-11-26T00:00:00Z", "n"}; }

author somebody() {
  return {"ann", [n = 0]() mutable { return "nonce-" + std::to_string(++n); }};
}

/// Kinds of a package's actions, and the ids of its savepoints.
std::string story(registry& r, std::string_view package) {
  auto const at = package_history{r}.open(name(package), history::depth::files);
  if (!at) return name_of(at.error().code);
  std::string out;
  for (auto const& a : at->data().line.effective) out += a.what->kind + "(" + a.user + ") ";
  for (auto const& s : at->data().line.savepoints) out += s.id + "@" + std::to_string(s.position) + " ";
  return out;
}

history::act_result act_on(registry& r, std::string_view package, std::string_view kind, json::object params) {
  package_history histories{r};
  auto done = histories.change(name(package), history::depth::files, [&](history::dataset const& d) {
    return history::act(d, kind, json::value{std::move(params)}, ann());
  });
  REQUIRE(ok(done));
  return std::move(*done);
}

}  // namespace

TEST_CASE("a package that others published has one action a version and always the same ones") {
  auto r = memory_registry();
  CHECK(story(r, "ns/data") == "package_not_found");
  auto const first = stored_manifest(r, {"a", "b"});
  auto const second_version = stored_manifest(r, {"a", "c"});
  publish(r, first, "ns/data", 10);
  publish(r, second_version, "ns/data", 20);
  CHECK(story(r, "ns/data") == "Package.apply() ns/data:0@0 ns/data:1@1 ");
  auto const hash_of = [&] {
    return package_history{r}.open(name("ns/data"), history::depth::line)->data().line.effective.front().what->hash;
  };
  auto const made_up = hash_of();
  CHECK(hash_of() == made_up);
  CHECK_FALSE(r.store().read_ref(layout::history_key(name("ns/data")))->has_value());
  act_on(r, "ns/data", "Meta.set", {{"name", "x"}, {"value", "1"}});
  CHECK(r.store().read_ref(layout::history_key(name("ns/data")))->has_value());
  CHECK(hash_of() == made_up);
  // What they publish next is based on what was done here.
  publish(r, first, "ns/data", 30);
  CHECK(story(r, "ns/data") == "Package.apply() Meta.set(ann) Package.apply() ns/data:0@0 ns/data:1@1 ns/data:2@3 ");
  auto const at = package_history{r}.open(name("ns/data"), history::depth::files);
  REQUIRE(ok(at));
  CHECK(package_history{r}.head(at->data()).value() == first);
}

TEST_CASE("what is published here is written into the history once") {
  for (bool const directory : {false, true}) {
    temporary_directory home;
    auto r = directory ? directory_registry(home / "r") : memory_registry();
    r.keep_history(somebody());
    auto const first = stored_manifest(r, {"a", "b"});
    publish(r, first, "ns/data", 10);
    CHECK(story(r, "ns/data") == "ns/data:0@0 ");
    publish(r, first, "ns/data", 11);
    CHECK(story(r, "ns/data") == "ns/data:0@0 ");
    auto const next = stored_manifest(r, {"a", "c/d"});
    publish(r, next, "ns/data", 12);
    CHECK(story(r, "ns/data") == "Package.apply(ann) ns/data:0@0 ns/data:1@1 ");
    auto const at = package_history{r}.open(name("ns/data"), history::depth::files);
    REQUIRE(ok(at));
    CHECK(at->unsaved.empty());
    CHECK(at->data().line.effective.front().what->params.find("changes")->as_array()->size() == 2);
    CHECK(package_history{r}.head(at->data()).value() == next);
    // An earlier version made latest again is nothing that happened to the files.
    REQUIRE(ok(r.set_latest(name("ns/data"), first.top_hash().hex())));
    CHECK(story(r, "ns/data") == "Package.apply(ann) ns/data:0@0 ns/data:1@1 ");
  }
}

TEST_CASE("a publication that ended after the history goes on where it stopped") {
  auto r = memory_registry();
  r.keep_history(somebody());
  publish(r, stored_manifest(r, {"a"}), "ns/data", 10);
  auto const next = stored_manifest(r, {"a", "b"});
  REQUIRE(ok(package_history{r}.add_version(name("ns/data"), next, ann(), second(20))));
  CHECK(story(r, "ns/data") == "Package.apply(ann) ns/data:0@0 ns/data:1@1 ");
  publish(r, next, "ns/data", 21);
  CHECK(story(r, "ns/data") == "Package.apply(ann) ns/data:0@0 ns/data:1@1 ");
}

TEST_CASE("a fork of a package is a package and merges with it") {
  auto r = memory_registry();
  r.keep_history(somebody());
  auto const first = stored_manifest(r, {"a", "b"});
  publish(r, first, "ns/data", 10);
  package_history histories{r};
  REQUIRE(ok(histories.fork(name("ns/data"), name("ns/fork"), "try", ann(), second(11))));
  CHECK(code_of(histories.fork(name("ns/data"), name("ns/fork"), "try", ann(), second(11))) == "collision");
  CHECK(story(r, "ns/fork") == "ns/fork:0@0 ");
  CHECK(r.resolve({.name = name("ns/fork"), .tag = {}, .hash = {}, .registry = {}, .path = {}}).value() ==
        first.top_hash().hex());
  auto const hash = act_on(r, "ns/fork", "File.remove", {{"key", "a"}}).hash;
  act_on(r, "ns/data", "File.remove", {{"key", "b"}});
  auto const fork = histories.open(name("ns/fork"), history::depth::actions);
  REQUIRE(ok(fork));
  auto const upstream = histories.upstream_of(fork->data());
  REQUIRE(ok(upstream));
  CHECK(history::difference(fork->data().line, upstream->line).front().what->hash == hash);
  auto const merged = histories.change(name("ns/data"), history::depth::files, [&](history::dataset const& d) {
    return history::merge(d, fork->data(), {}, ann());
  });
  REQUIRE(ok(merged));
  CHECK(merged->report.applied == std::vector<std::string>{hash});
  auto const at = histories.open(name("ns/data"), history::depth::files);
  CHECK(histories.head(at->data())->entries().empty());
  CHECK(histories.forks(*at).value().front().second == "ns/fork");
  CHECK(code_of(histories.upstream_of(at->data())) == "usage");
  // A fork's first publication is a version after its beginning.
  publish(r, stored_manifest(r, {"z"}), "ns/fork", 30);
  CHECK(story(r, "ns/fork") == "File.remove(ann) Package.apply(ann) ns/fork:0@0 ns/fork:1@2 ");
}
