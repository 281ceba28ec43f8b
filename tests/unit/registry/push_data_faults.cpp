/// Pushes of files that are not what was said, into stores that fail, change or are damaged.

#include <waybill/registry/push_data.hpp>

#include "flaky.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::flaky_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

void put(memory_store& store, std::string const& key, std::string_view text) {
  memory_content const content{text};
  store.put(key, content).value();
}

push_data_options below(std::string prefix) {
  push_data_options options;
  options.prefix = std::move(prefix);
  return options;
}

}  // namespace

TEST_CASE("a digest that was given is checked when the file is hashed") {
  temporary_directory dir;
  write_file(dir / "a", "other");
  entry e{logical_key::parse("a").value(),
          {},
          {hash_bytes<md5_hasher>(as_bytes("bytes"))},
          nullptr,
          {physical_key::file((dir / "a").string())},
          json::object{}};
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_entry(e)));
  CHECK(failure(b.build()).code == errc::digest_mismatch);
  write_file(dir / "a", "bytes");
  auto const m = b.build().value();
  CHECK(m.find("a")->size == 5);
  CHECK(m.find("a")->digests.size() == 2);
}

TEST_CASE("what has a size and a hash is not read again and what lacks one is") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  entry e{logical_key::parse("foreign").value(),
          5,
          {},
          json::object{{"type", "future"}, {"value", "x"}},
          {physical_key::file((dir / "a").string())},
          json::object{}};
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_entry(e)));
  e.key = logical_key::parse("hashless").value();
  e.foreign_hash = nullptr;
  REQUIRE(ok(b.set_entry(e)));
  auto const m = b.build().value();
  CHECK(m.find("foreign")->digests.empty());
  CHECK(m.find("hashless")->digests.size() == 1);
}

TEST_CASE("a large file is left in the middle when the push is stopped") {
  temporary_directory dir;
  write_file(dir / "a", waybill_test::vector_bytes(5'000'000, 1));
  auto r = waybill_test::memory_registry();
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  auto const object = object_key(*b.build().value().find("a")->digests.strongest());
  std::stop_source stop;
  job_control const control{1,
                            [&](progress const& p) {
                              if (p.bytes_done > 0) stop.request_stop();
                            },
                            stop.get_token()};
  CHECK(failure(b.push_data(r, {}, control)).code == errc::interrupted);
  CHECK_FALSE(r.store().head(object).has_value());
}

TEST_CASE("bytes that lie under a weaker digest are not copied again") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto const md5 = hash_bytes<md5_hasher>(as_bytes("bytes"));
  auto r = waybill_test::memory_registry();
  memory_content const content{std::string_view{"bytes"}};
  r.store().put(object_key(md5), content).value();
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_entry({logical_key::parse("a").value(),
                          {},
                          {md5},
                          nullptr,
                          {physical_key::file((dir / "a").string())},
                          json::object{}})));
  CHECK(b.push_data(r).value().files_copied == 0);
  CHECK(b.draft().find("a")->places == std::vector{r.store().url(object_key(md5))});
  CHECK(b.push_manifest(r, {{}, {}, false, second(1)}).value().read("a").value() == "bytes");
}

TEST_CASE("a store that fails while it is looked at stops the push and changes nothing") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  flaky_registry f;
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  f.fail("head");
  CHECK(failure(b.push_data(f.r, below("data"))) == waybill_test::passing_failure("now"));
  put(f.inner, "data/a", "bytes");
  f.fail("open");
  CHECK(failure(b.push_data(f.r, below("data"))) == waybill_test::passing_failure("now"));
  f.plan->before = {};
  f.plan->read = [](std::string_view, std::uint64_t) { return std::optional{waybill_test::passing_failure("now")}; };
  CHECK(failure(b.push_data(f.r, below("data"))) == waybill_test::passing_failure("now"));
  f.plan->read = {};
  for (auto const* operation : {"put", "flush"}) {
    f.fail(operation);
    CHECK(failure(b.push_data(f.r)) == waybill_test::passing_failure("now"));
  }
  f.plan->before = {};
  CHECK(b.local_entries(f.r) <= 1);
  CHECK(b.draft().find("a")->places == std::vector{physical_key::file(std::filesystem::canonical(dir / "a").string())});
}

TEST_CASE("bytes that appear at a prefix meanwhile are kept, and serve where they are the same") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto const theirs = GENERATE(as<std::string>{}, "bytes", "BYTES", "longer bytes");
  flaky_registry f;
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  f.plan->before = [&](std::string_view called, std::string_view key) -> std::optional<error> {
    if (called == "put") put(f.inner, std::string{key}, theirs);
    return std::nullopt;
  };
  auto const pushed = b.push_data(f.r, below("data"));
  if (theirs == "bytes") CHECK(ok(pushed));
  else CHECK(failure(pushed).code == errc::collision);
  CHECK(f.inner.read_ref("data/a").value()->text == theirs);
}

TEST_CASE("a damaged object of an earlier push is said or written anew and never kept") {
  temporary_directory dir;
  write_file(dir / "d/a", "bytes");
  auto const prefixed = GENERATE(false, true);
  auto r = waybill_test::memory_registry();
  push_directory_options options;
  options.now = second(1);
  if (prefixed) options.prefix = "data";
  push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  auto const base = waybill_test::open(r, "ns/data");
  auto const key = r.key_of_place(base.manifest().find("a")->places.front()).value();
  memory_content const cut{std::string_view{"byt"}};
  r.store().put(key, cut).value();
  package_builder b{base};
  if (prefixed) {
    auto const e = failure(b.push_data(r));
    CHECK(e.code == errc::size_mismatch);
    CHECK_THAT(e.detail, contains("set the file again"));
    CHECK(r.store().head(key)->size == 3);
  } else {
    // The bytes are nowhere else: nothing can be copied, and that is said.
    CHECK(failure(b.push_data(r)).code == condition::integrity);
    auto e = *b.draft().find("a");
    e.places.push_back(physical_key::file((dir / "d/a").string()));
    REQUIRE(ok(b.set_entry(e)));
    CHECK(b.push_data(r).value().files_copied == 1);
    CHECK(base.read("a").value() == "bytes");
  }
}

TEST_CASE("data that was there already is flushed before a manifest relies on it") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  auto const watch = std::make_shared<waybill_test::store_watch>();
  registry r{waybill_test::watched_store{watch}, "watched"};
  package_builder first{name("ns/data")}, again{name("ns/data")};
  for (auto* b : {&first, &again}) REQUIRE(ok(b->set_file("a", (dir / "a").string())));
  first.push_data(r).value();
  watch->changes.clear();
  CHECK(again.push_data(r).value().files_copied == 0);
  CHECK(watch->changes == std::vector<std::string>{"flush"});
  watch->changes.clear();
  again.push_data(r).value();
  CHECK(watch->changes.empty());
}

TEST_CASE("a pushed entry keeps no place outside the registry") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto r = waybill_test::memory_registry();
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  b.push_data(r).value();
  auto e = *b.draft().find("a");
  auto const inside = e.places.front();
  e.places = {physical_key::file((dir / "a").string()), inside, physical_key::s3("other", "a")};
  REQUIRE(ok(b.set_entry(e)));
  CHECK(b.push_data(r).value().files_copied == 0);
  CHECK(b.draft().find("a")->places == std::vector{inside});
}

TEST_CASE("bytes that nothing can check are not copied") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto r = waybill_test::memory_registry();
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_entry({logical_key::parse("a").value(),
                          5,
                          {},
                          json::object{{"type", "future"}, {"value", "x"}},
                          {physical_key::file((dir / "a").string())},
                          json::object{}})));
  for (auto const& options : {push_data_options{}, below("data")})
    CHECK(failure(b.push_data(r, options)).code == errc::unknown_algorithm);
  CHECK_FALSE(r.store().head("data/a").has_value());
}

TEST_CASE("a prefix moves what the registry has elsewhere, and never onto other bytes") {
  temporary_directory dir;
  write_file(dir / "d/a", "bytes");
  auto r = waybill_test::memory_registry();
  waybill_test::push(r, "ns/data", dir / "d", 1);
  auto const base = waybill_test::open(r, "ns/data");
  package_builder moved{base};
  CHECK(moved.push_data(r, below("data")).value().files_copied == 1);
  CHECK(moved.draft().find("a")->places == std::vector{r.store().url("data/a")});
  for (auto const* other : {"BYTES", "other bytes"}) {
    memory_content const content{std::string_view{other}};
    r.store().put("data/a", content).value();
    package_builder again{base};
    CHECK(failure(again.push_data(r, below("data"))).code == errc::collision);
    CHECK(again.draft().find("a")->places == base.manifest().find("a")->places);
  }
}
