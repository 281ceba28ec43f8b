#include <waybill/registry/publish.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::publish;
using waybill_test::second;
using waybill_test::stored_manifest;

namespace {

entry at_place(std::string const& key, std::string const& url) {
  auto const d = hash_bytes(as_bytes(key), sha2_256_chunked_hasher{key.size()});
  return {logical_key::parse(key).value(),    key.size(),    {d}, nullptr,
          {physical_key::parse(url).value()}, json::object{}};
}

}  // namespace

TEST_CASE("a manifest that points to local files is refused unless that is allowed") {
  auto r = memory_registry();
  auto const m = manifest::create({}, {at_place("a", "file:///somewhere/a")}).value();
  auto const e = failure(r.publish(m, name("ns/data"), {}, second(1), false));
  CHECK(e.code == errc::local_pointers);
  CHECK(e.code == condition::refused);
  CHECK_THAT(e.detail, contains("file:///somewhere/a"));
  CHECK(r.list().value().empty());
  CHECK(ok(r.publish(m, name("ns/data"), {}, second(1), true)));
}

TEST_CASE("a stored manifest is replaced only by one with better places") {
  auto r = memory_registry();
  auto const inside = stored_manifest(r, {"a"});
  auto const local = manifest::create(inside.header(), {at_place("a", "file:///somewhere/a")}).value();
  auto const other = manifest::create(inside.header(), {at_place("a", "file:///elsewhere/a")}).value();
  REQUIRE(local.top_hash() == inside.top_hash());
  auto const place = [&] { return r.load(inside.top_hash().hex()).value().entries().front().places.front().url(); };
  REQUIRE(ok(r.publish(local, name("ns/data"), {}, second(1), true)));
  REQUIRE(ok(r.publish(other, name("ns/data"), {}, second(2), true)));
  CHECK(place() == "file:///somewhere/a");
  REQUIRE(ok(r.publish(inside, name("ns/data"), {}, second(3), false)));
  CHECK(place() == inside.entries().front().places.front().url());
  REQUIRE(ok(r.publish(local, name("ns/data"), {}, second(4), true)));
  CHECK(place() == inside.entries().front().places.front().url());
}

TEST_CASE("other metadata of directories under the same top hash is refused, not lost") {
  auto r = memory_registry();
  auto const plain = stored_manifest(r, {"d/a"});
  publish(r, plain, "ns/data", 1);
  std::vector<directory_meta> const directories{{logical_key::parse("d").value(), json::object{{"k", "v"}}}};
  auto const labelled =
      manifest::create(plain.header(), {plain.entries().begin(), plain.entries().end()}, directories).value();
  REQUIRE(labelled.top_hash() == plain.top_hash());
  auto const e = failure(r.publish(labelled, name("ns/data"), {}, second(2), false));
  CHECK(e.code == errc::refused);
  CHECK_THAT(e.detail, contains("-m"));
  auto header = plain.header();
  header.set_message("with labels");
  auto const said = manifest::create(header, {plain.entries().begin(), plain.entries().end()}, directories).value();
  REQUIRE(ok(r.publish(said, name("ns/data"), {}, second(2), false)));
  CHECK(r.load(said.top_hash().hex()).value().directory("d") != nullptr);
}
