#include <waybill/registry/registry.hpp>

#include <waybill/registry/layout.hpp>

#include <map>
#include <set>
#include <thread>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::publish;
using waybill_test::put;
using waybill_test::second;
using waybill_test::stored_manifest;

namespace {

std::string resolved(registry const& r, std::string_view ref) {
  return r.resolve(parse_package_ref(ref).value()).value();
}
error unresolved(registry const& r, std::string_view ref) { return failure(r.resolve(parse_package_ref(ref).value())); }

}  // namespace

TEST_CASE("a published version is listed, resolved and loaded") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a", "b/c"}, "first");
  auto const done = publish(r, m, "ns/data", 1000, {"v1"});
  CHECK(done.new_version);
  CHECK_FALSE(done.replaced);
  CHECK(done.top_hash == m.top_hash().hex());
  REQUIRE(r.list().value().size() == 1);
  CHECK(r.list().value().front().str() == "ns/data");
  CHECK(resolved(r, "ns/data") == done.top_hash);
  CHECK(resolved(r, "ns/data:v1") == done.top_hash);
  CHECK(resolved(r, "ns/data:latest") == done.top_hash);
  CHECK(resolved(r, "ns/data@" + done.top_hash) == done.top_hash);
  CHECK(resolved(r, "ns/data@" + done.top_hash.substr(0, 6)) == done.top_hash);
  CHECK(r.load(done.top_hash).value() == m);
}

TEST_CASE("pointers are where quilt3 looks for them, 64 digits without a newline") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1000);
  auto const hash = m.top_hash().hex();
  CHECK(r.store().read_ref(".quilt/named_packages/ns/data/latest").value()->text == hash);
  CHECK(r.store().read_ref(".quilt/named_packages/ns/data/1000").value()->text == hash);
  CHECK(r.store().head(".quilt/packages/" + hash).has_value());
}

TEST_CASE("what does not exist is said by its kind") {
  auto r = memory_registry();
  CHECK(unresolved(r, "ns/data").code == errc::package_not_found);
  CHECK(unresolved(r, "ns/data:v1").code == errc::package_not_found);
  CHECK(unresolved(r, "ns/data@abcdef").code == errc::package_not_found);
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1000, {"v1"});
  auto const e = unresolved(r, "ns/data:v2");
  CHECK(e.code == errc::tag_not_found);
  CHECK_THAT(e.detail, contains("its tags are: v1"));
  CHECK(unresolved(r, "ns/data@" + std::string(64, '0')).code == errc::version_not_found);
  // The hash exists, but the package it is asked of does not.
  CHECK(unresolved(r, "ns/other@" + m.top_hash().hex()).code == errc::package_not_found);
  CHECK(failure(r.load(std::string(64, '0'))).code == errc::version_not_found);
  CHECK(failure(r.load("../../etc/passwd")).code == errc::version_not_found);
  CHECK(failure(r.versions(name("ns/other"))).code == errc::package_not_found);
  CHECK(failure(r.tags(name("ns/other"))).code == errc::package_not_found);
}

TEST_CASE("a hash prefix of several manifests means the package's own one, else it is ambiguous") {
  auto r = memory_registry();
  // Three manifests whose hashes share six digits; only their names matter to resolve.
  auto const hash = [](char digit) { return "abcdef" + std::string(58, digit); };
  for (char digit : {'1', '2', '3'}) put(r.store(), layout::manifest_key(hash(digit)), "x");
  put(r.store(), layout::latest_key(name("ns/one")), hash('1'));
  put(r.store(), layout::pointer_key(name("ns/one"), 1), hash('1'));
  put(r.store(), layout::latest_key(name("ns/two")), hash('2'));
  put(r.store(), layout::pointer_key(name("ns/two"), 1), hash('2'));
  put(r.store(), layout::pointer_key(name("ns/two"), 2), hash('3'));
  CHECK(resolved(r, "ns/one@abcdef") == hash('1'));
  CHECK(resolved(r, "ns/two@abcdef2") == hash('2'));
  auto const e = unresolved(r, "ns/two@abcdef");
  CHECK(e.code == errc::ambiguous_hash);
  CHECK_THAT(e.detail, contains("abcdef1, abcdef2, abcdef3"));
}

TEST_CASE("an equal latest version is left as it is, its tags are still set") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1000);
  auto const again = publish(r, m, "ns/data", 2000, {"v1"});
  CHECK_FALSE(again.new_version);
  CHECK(again.replaced == m.top_hash().hex());
  CHECK(r.versions(name("ns/data")).value().size() == 1);
  CHECK(resolved(r, "ns/data:v1") == m.top_hash().hex());
  CHECK_FALSE(r.store().head(layout::pointer_key(name("ns/data"), 2000)).has_value());
}

TEST_CASE("versions come newest first, with message, tags and which is latest") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  auto const two = stored_manifest(r, {"a"}, "two");
  publish(r, one, "ns/data", 1000, {"v1", "stable"});
  CHECK(publish(r, two, "ns/data", 2000).replaced == one.top_hash().hex());
  auto rows = r.versions(name("ns/data")).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].top_hash == two.top_hash().hex());
  CHECK(rows[0].latest);
  CHECK(rows[0].message == "two");
  CHECK(rows[0].created == second(2000));
  CHECK_FALSE(rows[1].latest);
  CHECK(rows[1].tags == std::vector<std::string>{"stable", "v1"});
  // The same manifest pushed once more is one row, created at its newest push.
  publish(r, one, "ns/data", 3000);
  rows = r.versions(name("ns/data")).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].top_hash == one.top_hash().hex());
  CHECK(rows[0].created == second(3000));
}

TEST_CASE("a rollback moves latest and keeps every version") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  auto const two = stored_manifest(r, {"a"}, "two");
  publish(r, one, "ns/data", 1000);
  publish(r, two, "ns/data", 2000);
  CHECK(r.set_latest(name("ns/data"), one.top_hash().hex()).value() == two.top_hash().hex());
  CHECK(resolved(r, "ns/data") == one.top_hash().hex());
  CHECK(r.versions(name("ns/data")).value().size() == 2);
  CHECK(failure(r.set_latest(name("ns/data"), std::string(64, '0'))).code == errc::version_not_found);
  CHECK(failure(r.set_latest(name("ns/none"), one.top_hash().hex())).code == errc::package_not_found);
}

TEST_CASE("tags move, vanish and are checked") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  auto const two = stored_manifest(r, {"a"}, "two");
  publish(r, one, "ns/data", 1000, {"v1"});
  publish(r, two, "ns/data", 2000, {"v1"});
  CHECK(resolved(r, "ns/data:v1") == two.top_hash().hex());
  REQUIRE(ok(r.set_tag(name("ns/data"), "old", one.top_hash().hex())));
  CHECK(r.tags(name("ns/data")).value() ==
        std::map<std::string, std::string>{{"old", one.top_hash().hex()}, {"v1", two.top_hash().hex()}});
  REQUIRE(ok(r.remove_tag(name("ns/data"), "old")));
  CHECK(failure(r.remove_tag(name("ns/data"), "old")).code == errc::tag_not_found);
  CHECK(failure(r.set_tag(name("ns/data"), "../x", one.top_hash().hex())).code == errc::usage);
  CHECK(failure(r.set_tag(name("ns/data"), "x", std::string(64, '0'))).code == errc::version_not_found);
  std::vector<std::string> const bad{"latest"};
  auto const three = stored_manifest(r, {"a"}, "three");
  CHECK(failure(r.publish(three, name("ns/data"), bad, second(1), false)).code == errc::usage);
  CHECK(resolved(r, "ns/data") == two.top_hash().hex());
}

TEST_CASE("a damaged manifest is refused and named, and pushing it again repairs it") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a", "b"}, "hello");
  publish(r, m, "ns/data", 1000);
  auto const hash = m.top_hash().hex();
  auto const key = layout::manifest_key(hash);
  auto bytes = r.store().read_ref(key).value()->text;
  auto changed = bytes;
  changed.replace(changed.find("hello"), 5, "jello");
  put(r.store(), key, changed);
  auto const e = failure(r.load(hash));
  CHECK(e.code == errc::digest_mismatch);
  CHECK(e.path == r.store().url(key).url());
  CHECK_THAT(e.detail, contains("damaged"));
  CHECK_THAT(e.detail, contains(hash.substr(0, 9)));
  put(r.store(), key, bytes.substr(0, bytes.size() / 2));
  CHECK_THAT(failure(r.load(hash)).path, contains(hash));
  CHECK(r.versions(name("ns/data")).value().size() == 1);
  publish(r, m, "ns/data", 2000);
  CHECK(ok(r.load(hash)));
}

TEST_CASE("a place belongs to the registry when its store writes it so") {
  waybill_test::temporary_directory dir;
  auto const r = waybill_test::directory_registry(dir / "reg");
  for (std::string const key : {"data/x y.txt", "a+b/%41.bin", "\xc3\xa9/#?&", ".waybill/objects/sha256/ab/cd"}) {
    auto const place = r.store().url(key);
    INFO(place.url());
    CHECK(r.owns(place));
    CHECK(r.key_of_place(place) == key);
  }
  auto const root = std::filesystem::canonical(dir / "reg").string();
  CHECK_FALSE(r.owns(physical_key::file(root)));
  CHECK_FALSE(r.owns(physical_key::file(root + "2/x")));
  CHECK_FALSE(r.owns(physical_key::file("/etc/passwd")));
  CHECK_FALSE(r.owns(physical_key::parse("s3://bucket/reg/x").value()));
  CHECK_FALSE(r.owns(physical_key::parse("file://" + root + "/../x").value()));
  auto const memory = memory_registry();
  CHECK(memory.key_of_place(memory.store().url("data/x y")) == "data/x y");
  // Another spelling is another place.
  CHECK_FALSE(memory.owns(physical_key::parse("memory:///data%2Fx").value()));
}

TEST_CASE("many writers of one package lose no version") {
  waybill_test::temporary_directory dir;
  auto shared = waybill_test::directory_registry(dir / "reg");
  constexpr int writers = 8;
  constexpr int pushes = 20;
  std::vector<std::vector<manifest>> versions(writers);
  for (int w = 0; w < writers; ++w)
    for (int i = 0; i < pushes; ++i)
      versions[static_cast<std::size_t>(w)].push_back(
          stored_manifest(shared, {"a"}, "writer " + std::to_string(w) + " push " + std::to_string(i)));
  std::vector<std::thread> threads;
  std::vector<std::string> failures(writers);
  for (std::size_t w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      auto own = waybill_test::directory_registry(dir / "reg");
      for (auto const& m : versions[w])
        if (auto const done = own.publish(m, name("ns/data"), {}, second(1000), false); !done)
          failures[w] = done.error().message();
    });
  for (auto& t : threads) t.join();
  for (auto const& text : failures) CHECK(text == "");
  std::set<std::string> expected;
  for (auto const& list : versions)
    for (auto const& m : list) expected.insert(m.top_hash().hex());
  std::set<std::string> listed;
  int latest = 0;
  for (auto const& row : shared.versions(name("ns/data")).value()) {
    listed.insert(row.top_hash);
    latest += row.latest ? 1 : 0;
  }
  CHECK(listed == expected);
  CHECK(latest == 1);
  CHECK(expected.contains(resolved(shared, "ns/data")));
}
