/// A registry in a store that fails, is damaged, or holds what others put there.

#include <waybill/registry/registry.hpp>

#include <waybill/registry/layout.hpp>

#include "flaky.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::flaky_registry;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::passing_failure;
using waybill_test::publish;
using waybill_test::second;
using waybill_test::stored_manifest;

namespace {

void put(registry& r, std::string const& key, std::string_view text) {
  memory_content const content{text};
  r.store().put(key, content).value();
}

package_ref named(std::string_view text) { return parse_package_ref(text).value(); }

std::string text_at(registry& r, std::string const& key) { return r.store().read_ref(key).value()->text; }

/// `m` with another place for each entry: the same top hash.
manifest at_places(manifest const& m, std::vector<physical_key> const& places) {
  std::vector<entry> entries{m.entries().begin(), m.entries().end()};
  for (auto& e : entries) e.places = places;
  return manifest::create(m.header(), std::move(entries)).value();
}

}  // namespace

TEST_CASE("a store that cannot be listed or read is not taken for an empty one") {
  flaky_registry f;
  auto const m = stored_manifest(f.r, {"a"});
  publish(f.r, m, "ns/data", 1000, {"v1"});
  auto const hash = m.top_hash().hex();
  f.fail("list");
  CHECK(failure(f.r.list()) == passing_failure("now"));
  CHECK(failure(f.r.resolve(named("ns/data@" + hash.substr(0, 8)))) == passing_failure("now"));
  CHECK(failure(f.r.resolve(named("ns/none@" + hash.substr(0, 8)))) == passing_failure("now"));
  CHECK(failure(f.r.versions(name("ns/data"))) == passing_failure("now"));
  CHECK(failure(f.r.tags(name("ns/data"))) == passing_failure("now"));
  f.fail("open");
  CHECK(failure(f.r.resolve(named("ns/data"))) == passing_failure("now"));
  CHECK(failure(f.r.load(hash)) == passing_failure("now"));
  CHECK(failure(f.r.set_tag(name("ns/data"), "x", hash)) == passing_failure("now"));
  CHECK(failure(f.r.set_latest(name("ns/data"), hash)) == passing_failure("now"));
  f.fail("open", layout::latest_key(name("ns/data")));
  CHECK(failure(f.r.versions(name("ns/data"))) == passing_failure("now"));
  f.fail("open", layout::tag_key(name("ns/data"), "v1"));
  CHECK(failure(f.r.tags(name("ns/data"))) == passing_failure("now"));
}

TEST_CASE("a stored manifest that cannot be read for a moment is not written over") {
  auto const passing = GENERATE(true, false);
  auto const why = passing ? passing_failure("now") : make_error(errc::denied, "not yours");
  flaky_registry f;
  auto const m = stored_manifest(f.r, {"a"});
  auto const key = layout::manifest_key(m.top_hash().hex());
  auto const local = at_places(m, {physical_key::file("/somewhere/a")});
  REQUIRE(ok(f.r.publish(local, name("ns/data"), {}, second(1), true)));
  auto const before = text_at(f.r, key);
  f.fail("open", key, why);
  CHECK(failure(f.r.publish(m, name("ns/data"), {}, second(2), false)) == why);
  CHECK(text_at(f.r, key) == before);
}

TEST_CASE("a manifest that is written anew is flushed like a first one") {
  auto const watch = std::make_shared<waybill_test::store_watch>();
  registry r{waybill_test::watched_store{watch}, "watched"};
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1);
  auto const key = layout::manifest_key(m.top_hash().hex());
  put(r, key, "damaged");
  watch->changes.clear();
  publish(r, m, "ns/data", 2);
  // The first put finds the key taken.
  CHECK(watch->changes == std::vector<std::string>{"put " + key, "put " + key});
  CHECK(ok(r.load(m.top_hash().hex())));
}

TEST_CASE("a push whose tag cannot be set says so") {
  flaky_registry f;
  auto const m = stored_manifest(f.r, {"a"});
  f.fail("swap_ref", layout::tag_key(name("ns/data"), "v1"));
  CHECK(failure(f.r.publish(m, name("ns/data"), std::vector<std::string>{"v1"}, second(1), false)) ==
        passing_failure("now"));
}

TEST_CASE("a tag that was moved meanwhile is not removed") {
  flaky_registry f;
  auto const one = stored_manifest(f.r, {"a"}, "one");
  auto const two = stored_manifest(f.r, {"a"}, "two");
  publish(f.r, one, "ns/data", 1, {"v1"});
  publish(f.r, two, "ns/data", 2);
  auto const key = layout::tag_key(name("ns/data"), "v1");
  f.plan->before = [&](std::string_view called, std::string_view) -> std::optional<error> {
    if (called.starts_with("remove"))
      f.inner.swap_ref(key, f.inner.read_ref(key).value()->version, two.top_hash().hex()).value();
    return std::nullopt;
  };
  CHECK(failure(f.r.remove_tag(name("ns/data"), "v1")).code == errc::lost_race);
  CHECK(text_at(f.r, key) == two.top_hash().hex());
}

TEST_CASE("a push that is refused leaves no manifest behind") {
  auto r = memory_registry();
  auto const m = at_places(stored_manifest(r, {"a"}), {physical_key::file("/somewhere/a")});
  for (auto const& e : m.entries()) REQUIRE(ok(r.store().remove(object_key(*e.digests.strongest()))));
  CHECK(failure(r.publish(m, name("ns/data"), {}, second(1), false)).code == errc::local_pointers);
  CHECK_FALSE(r.store().head(layout::manifest_key(m.top_hash().hex())).has_value());
}

TEST_CASE("a damaged pointer to the latest version hides no version and is repaired by the next") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  publish(r, one, "ns/data", 1);
  auto const latest = layout::latest_key(name("ns/data"));
  put(r, latest, "damaged");
  CHECK(failure(r.resolve(named("ns/data"))).code == errc::corrupt_state);
  REQUIRE(r.versions(name("ns/data")).value().size() == 1);
  CHECK_FALSE(r.versions(name("ns/data")).value().front().latest);
  SECTION("by a rollback") {
    CHECK(r.set_latest(name("ns/data"), one.top_hash().hex()).value().empty());
    CHECK(text_at(r, latest) == one.top_hash().hex());
  }
  SECTION("by a push") {
    auto const two = stored_manifest(r, {"a"}, "two");
    CHECK(publish(r, two, "ns/data", 2).new_version);
    CHECK(text_at(r, latest) == two.top_hash().hex());
  }
}

TEST_CASE("a damaged tag is said and not left out") {
  auto r = memory_registry();
  publish(r, stored_manifest(r, {"a"}), "ns/data", 1, {"v1", "v2"});
  put(r, layout::tag_key(name("ns/data"), "v1"), "damaged");
  auto const e = failure(r.tags(name("ns/data")));
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.path, contains("v1"));
}

TEST_CASE("a latest version without a push of its own is listed") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  auto const two = stored_manifest(r, {"a"}, "two");
  publish(r, one, "ns/data", 1);
  publish(r, two, "ns/other", 2);
  put(r, layout::latest_key(name("ns/data")), two.top_hash().hex());
  auto const rows = r.versions(name("ns/data")).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].top_hash == two.top_hash().hex());
  CHECK(rows[1].latest);
  CHECK(rows[1].message == "two");
}

TEST_CASE("of versions of one time the latest comes first") {
  auto r = memory_registry();
  auto later = stored_manifest(r, {"a"}, "one").top_hash().hex();
  auto earlier = stored_manifest(r, {"a"}, "two").top_hash().hex();
  if (later < earlier) std::swap(later, earlier);
  put(r, layout::latest_key(name("ns/data")), later);
  put(r, layout::tag_key(name("ns/data"), "v1"), earlier);
  auto const rows = r.versions(name("ns/data")).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].top_hash == later);
  CHECK(rows[1].tags == std::vector<std::string>{"v1"});
}

TEST_CASE("packages are listed by name and what else lies there is not listed") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  for (auto const* package : {"ns/b", "ns/a-b", "ns/a", "a/z"}) publish(r, m, package, 1, {"v1"});
  std::vector<std::string> names;
  put(r, std::string{layout::named_packages} + "too/deep/name/latest", m.top_hash().hex());
  for (auto const& n : r.list().value()) names.push_back(n.str());
  CHECK(names == std::vector<std::string>{"a/z", "ns/a", "ns/a-b", "ns/b"});
  put(r, layout::tags_prefix(name("ns/a")) + ".hidden", m.top_hash().hex());
  put(r, layout::tags_prefix(name("ns/a")) + "deeper/v2", m.top_hash().hex());
  CHECK(r.tags(name("ns/a")).value().size() == 1);
  publish(r, m, "ns/untagged", 1);
  CHECK(r.tags(name("ns/untagged")).value().empty());
}

TEST_CASE("a hash prefix counts manifests only and tells them apart") {
  auto r = memory_registry();
  auto const hash = [](std::string const& begin, char digit) { return begin + std::string(64 - begin.size(), digit); };
  for (auto const& h : {hash("abcdef12", '1'), hash("abcdef12", '2'), hash("999999", '9')})
    put(r, layout::manifest_key(h), "x");
  put(r, layout::manifest_key("abcdef.tmp"), "x");
  put(r, layout::pointer_key(name("ns/one"), 1), hash("abcdef12", '1'));
  put(r, layout::pointer_key(name("ns/one"), 2), hash("999999", '9'));
  put(r, layout::pointer_key(name("ns/two"), 1), hash("999999", '9'));
  // The package's other version has another prefix.
  CHECK(r.resolve(named("ns/one@abcdef")).value() == hash("abcdef12", '1'));
  auto const e = failure(r.resolve(named("ns/two@abcdef")));
  CHECK(e.code == errc::ambiguous_hash);
  CHECK_THAT(e.detail, contains("2 manifests") && contains("abcdef121, abcdef122"));
}

TEST_CASE("a tag that is none is refused before anything is looked up") {
  auto r = memory_registry();
  publish(r, stored_manifest(r, {"a"}), "ns/data", 1);
  auto bad = named("ns/data");
  bad.tag = "../../../named_packages/ns/data/latest";
  CHECK(failure(r.resolve(bad)).code == errc::usage);
  CHECK(failure(r.remove_tag(name("ns/data"), *bad.tag)).code == errc::tag_not_found);
  bad.tag = "latest";  // as a program may write it
  CHECK(r.resolve(bad).value() == r.resolve(named("ns/data")).value());
}

TEST_CASE("an entry is held by the registry when any of its places or digests says so and the size is right") {
  auto r = memory_registry();
  auto const e = stored_manifest(r, {"a"}).entries().front();
  auto const inside = r.store().url("data/a"), outside = physical_key::file("/somewhere/a");
  auto const object = object_key(*e.digests.strongest());
  auto const with = [&](std::vector<physical_key> const& places) {
    auto other = e;
    other.places = places;
    return other;
  };
  CHECK(r.holds(with({outside})));  // by digest
  CHECK_FALSE(r.is_local(with({outside})));
  put(r, object, "cut short");
  CHECK_FALSE(r.holds(with({outside})));
  CHECK(r.is_local(with({outside})));
  CHECK(r.is_local(with({physical_key::s3("other", "a"), outside})));
  CHECK_FALSE(r.is_local(with({physical_key::s3("other", "a")})));
  CHECK(r.holds(with({outside, inside})));
  CHECK_FALSE(r.is_local(with({outside, inside})));
}

TEST_CASE("a manifest with a place inside the registry replaces one that has none although it has others too") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  auto const inside = m.entries().front().places.front(), outside = physical_key::file("/somewhere/a");
  REQUIRE(ok(r.publish(at_places(m, {outside}), name("ns/data"), {}, second(1), true)));
  publish(r, at_places(m, {inside, outside}), "ns/data", 2);
  CHECK(r.load(m.top_hash().hex()).value().entries().front().places.front() == inside);
}

TEST_CASE("a place with a version belongs to the registry as the place without") {
  registry const r{waybill_test::network_store{}, "s3://bucket"};
  CHECK(r.key_of_place(physical_key::parse("s3://bucket/data/a?versionId=v1").value()) == "data/a");
  CHECK(r.key_of_place(physical_key::parse("s3://bucket/data/a").value()) == "data/a");
  CHECK_FALSE(r.owns(physical_key::parse("s3://bucket2/data/a").value()));
}

TEST_CASE("a place that no store can have a key for belongs to no registry") {
  auto const r = memory_registry();
  for (auto const* url : {"memory:///a//b", "memory:///a/../b", "memory:///./a", "memory:///a/"}) {
    INFO(url);
    auto const place = physical_key::parse(url);
    if (place) CHECK_FALSE(r.owns(*place));
  }
}
