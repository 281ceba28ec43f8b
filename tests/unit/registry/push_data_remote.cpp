// Pushes to a registry behind a network: what is asked, what is sent, and where entries then point to.
#include <waybill/registry/push_data.hpp>

#include <waybill/registry/checkout.hpp>

#include "bucket.hpp"

using namespace waybill;
using waybill_test::bucket_registry;
using waybill_test::bucket_state;
using waybill_test::contains;
using waybill_test::name;
using waybill_test::push;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

std::string place_of(manifest const& m, std::string_view key) { return m.find(key)->places.front().url(); }

push_directory_report push_below(registry& r, std::filesystem::path const& directory, std::int64_t when) {
  push_directory_options options;
  options.now = second(when);
  options.prefix = "data";
  return push_directory(r, name("ns/d"), directory.string(), options).value();
}

}  // namespace

TEST_CASE("entries point to the version that was stored, and the same bytes are sent once") {
  temporary_directory dir;
  write_file(dir / "d/a", "one");
  write_file(dir / "d/b", "one");
  auto const state = std::make_shared<bucket_state>();
  state->versions = GENERATE(true, false);
  auto r = bucket_registry(state);
  auto const report = push(r, "ns/d", dir / "d", 1);
  CHECK(report.data.files_copied == 1);
  auto const place = place_of(report.pushed, "a");
  CHECK(place_of(report.pushed, "b") == place);
  CHECK(place.starts_with("s3://bucket/.waybill/objects/sha2-256-chunked/"));
  CHECK(place.ends_with("?versionId=1") == state->versions);
  CHECK(waybill_test::open(r, "ns/d").read("b").value() == "one");
}

TEST_CASE("what the version before names is not asked for, and a renamed file is found there") {
  temporary_directory dir;
  for (int i = 0; i < 100; ++i) write_file(dir / ("d/" + std::to_string(i)), "bytes " + std::to_string(i));
  auto const state = std::make_shared<bucket_state>();
  state->versions = true;
  auto r = bucket_registry(state);
  auto const first = push(r, "ns/d", dir / "d", 1);
  state->asked.clear();
  CHECK_FALSE(push(r, "ns/d", dir / "d", 2).new_version);
  CHECK(state->count("HEAD") + state->count("LIST") + state->count("PUT") == 0);
  std::filesystem::rename(dir / "d/7", dir / "d/seven");
  write_file(dir / "d/8", "changed");
  state->asked.clear();
  auto const next = push(r, "ns/d", dir / "d", 3);
  CHECK(next.data.files_copied == 1);
  CHECK(next.data.files_skipped == 99);
  CHECK(state->count("HEAD .waybill/objects/") == 1);  // the new bytes of 8
  CHECK(state->count("LIST") == 0);
  CHECK(place_of(next.pushed, "seven") == place_of(first.pushed, "7"));
}

TEST_CASE("bytes that lie in the bucket without a version are found in one listing, with their version ids") {
  temporary_directory dir;
  for (int i = 0; i < 100; ++i) write_file(dir / ("d/" + std::to_string(i)), "bytes " + std::to_string(i));
  auto const state = std::make_shared<bucket_state>();
  state->versions = true;
  auto r = bucket_registry(state);
  push(r, "ns/d", dir / "d", 1);
  state->asked.clear();
  auto const other = push(r, "ns/other", dir / "d", 2);
  CHECK(other.data.files_copied == 0);
  CHECK(state->count("HEAD .waybill/objects/") == 0);
  CHECK(state->count("LIST .waybill/objects/") == 1);
  CHECK(place_of(other.pushed, "5").ends_with("?versionId=1"));
}

TEST_CASE("nothing is hashed again to be sent") {
  temporary_directory dir;
  write_file(dir / "d/small", "small");
  write_file(dir / "d/large", waybill_test::vector_bytes((std::size_t{8} << 20) + 5, 3));
  auto const state = std::make_shared<bucket_state>();
  auto r = bucket_registry(state);
  SECTION("a directory") {
    auto const report = push(r, "ns/d", dir / "d", 1);
    CHECK(report.fresh);
    state->contents_hashed -= 1;  // the manifest
  }
  SECTION("a draft") {
    package_builder b{name("ns/d")};
    b.add_directory("", (dir / "d").string()).value();
    CHECK(b.push_data(r).value().files_copied == 2);
  }
  CHECK(state->contents_hashed - state->count("PUT .quilt/named") == 0);
}

TEST_CASE("with a prefix other bytes become a new version where versions are kept, and are refused elsewhere") {
  temporary_directory dir;
  write_file(dir / "d/a", "first");
  auto const state = std::make_shared<bucket_state>();
  state->versions = GENERATE(true, false);
  state->vouches = GENERATE(true, false);
  auto r = bucket_registry(state);
  auto const first = push_below(r, dir / "d", 1);
  CHECK(place_of(first.pushed, "a") == std::string{"s3://bucket/data/a"} + (state->versions ? "?versionId=1" : ""));
  write_file(dir / "d/a", "other");
  push_directory_options options;
  options.now = second(2);
  options.prefix = "data";
  auto const next = push_directory(r, name("ns/d"), (dir / "d").string(), options);
  if (!state->versions) {
    CHECK(next.error().code == errc::collision);
    CHECK(state->contents.at("data/a").back() == "first");
    return;
  }
  CHECK(place_of(next->pushed, "a") == "s3://bucket/data/a?versionId=2");
  CHECK(waybill_test::open(r, "ns/d@" + first.pushed.top_hash().hex()).read("a").value() == "first");
  CHECK(waybill_test::open(r, "ns/d").read("a").value() == "other");
  state->asked.clear();
  package_builder again{name("ns/more")};
  again.set_file("a", (dir / "d/a").string()).value();
  CHECK(again.push_data(r, {.prefix = "data"}).value().files_copied == 0);
  CHECK(again.draft().find("a")->places.front().url() == "s3://bucket/data/a?versionId=2");
  CHECK(state->count("GET data/") == (state->vouches ? 0 : 1));
}

TEST_CASE("a place that names a version is right although a later one lies there") {
  temporary_directory dir;
  write_file(dir / "d/a", "first");
  auto const state = std::make_shared<bucket_state>();
  state->versions = true;
  auto r = bucket_registry(state);
  auto const first = push_below(r, dir / "d", 1);
  write_file(dir / "d/a", "a later one");
  push_below(r, dir / "d", 2);
  package_builder b{name("ns/more")};
  b.add_package(first.pushed).value();
  CHECK(b.push_data(r).value().files_copied == 0);
  CHECK(b.draft().find("a")->places.front().url() == "s3://bucket/data/a?versionId=1");
}

TEST_CASE("an entry of a bucket is one request") {
  temporary_directory dir;
  write_file(dir / "d/a", "bytes");
  auto const state = std::make_shared<bucket_state>();
  state->versions = GENERATE(true, false);
  auto r = bucket_registry(state);
  push(r, "ns/d", dir / "d", 1);
  auto const p = waybill_test::open(r, "ns/d");
  state->asked.clear();
  REQUIRE(p.install((dir / "out").string()));
  CHECK(state->asked.size() == 1);
  CHECK(waybill_test::read_file(dir / "out/a") == "bytes");
}
