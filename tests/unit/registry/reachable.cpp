#include <waybill/registry/reachable.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/registry/layout.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::publish;
using waybill_test::put;
using waybill_test::stored_manifest;

namespace {

digest digest_of(std::string_view text) { return hash_bytes(as_bytes(text), sha2_256_chunked_hasher{text.size()}); }

std::vector<std::uint64_t> contents_of(std::string_view document) {
  std::vector<std::uint64_t> out;
  detail::note_contents(json::parse(document).value(), out);
  return out;
}

}  // namespace

TEST_CASE("pointers and tags name manifests and these need objects") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  auto const tagged = stored_manifest(r, {"b"});
  publish(r, m, "ns/data", 1);
  publish(r, tagged, "ns/other", 2, {"t"});
  for (auto const& key : {layout::latest_key(name("ns/other")), layout::pointer_key(name("ns/other"), 2)})
    REQUIRE(ok(r.store().remove(key)));
  reachable reached{r};
  REQUIRE(ok(reached.read_names({})));
  REQUIRE(ok(reached.read_manifests({}, {})));
  CHECK((reached.names(m.top_hash().hex()) && reached.names(tagged.top_hash().hex())));
  CHECK((reached.needs(digest_of("a")) && reached.needs(digest_of("b"))));
  CHECK_FALSE(reached.needs(digest_of("c")));
  CHECK_FALSE(reached.names(std::string(64, 'f')));
}

TEST_CASE("what is new is read when it is asked for again and what was reached stays reached") {
  auto r = memory_registry();
  publish(r, stored_manifest(r, {"a"}), "ns/data", 1);
  reachable reached{r};
  REQUIRE(ok(reached.read_names({})));
  REQUIRE(ok(reached.read_manifests({}, {})));
  publish(r, stored_manifest(r, {"b"}), "ns/data", 2);
  REQUIRE(ok(r.store().remove(layout::pointer_key(name("ns/data"), 1))));
  REQUIRE(ok(reached.read_names({})));
  REQUIRE(ok(reached.read_manifests({}, {})));
  CHECK((reached.needs(digest_of("a")) && reached.needs(digest_of("b"))));
}

TEST_CASE("manifests that stay for another reason need their objects too") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1);
  for (auto const& key : {layout::latest_key(name("ns/data")), layout::pointer_key(name("ns/data"), 1)})
    REQUIRE(ok(r.store().remove(key)));
  reachable reached{r};
  REQUIRE(ok(reached.read_names({})));
  REQUIRE(ok(reached.read_manifests({m.top_hash().hex(), std::string(64, 'f')}, {})));
  CHECK(reached.needs(digest_of("a")));
  CHECK_FALSE(reached.names(m.top_hash().hex()));
}

TEST_CASE("damage that could hide what is needed is an error that names it") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  publish(r, m, "ns/data", 1);
  auto const reading = [&] {
    reachable reached{r};
    auto const ok = reached.read_names({});
    return ok ? reached.read_manifests({}, {}) : ok;
  };
  REQUIRE(ok(reading()));
  put(r.store(), ".waybill/tags/ns/data/t", "nonsense");
  auto e = failure(reading());
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.path, contains(".waybill/tags/ns/data/t"));
  CHECK_THAT(e.detail, contains("nothing was removed"));
  put(r.store(), ".waybill/tags/ns/data/t", std::string(64, 'f'));
  e = failure(reading());
  CHECK(e.code == errc::version_not_found);
  CHECK_THAT(e.detail, contains(".waybill/tags/ns/data/t"));
  REQUIRE(ok(r.store().remove(".waybill/tags/ns/data/t")));
  put(r.store(), ".waybill/lineage/F/1/s/1.0.jsonl", "{}\n");
  e = failure(reading());
  CHECK(e.code == errc::corrupt_state);
  CHECK_THAT(e.path, contains("1.0.jsonl: line 1"));
  REQUIRE(ok(r.store().remove(".waybill/lineage/F/1/s/1.0.jsonl")));
  put(r.store(), ".waybill/logs/abc/log.jsonl", "nonsense\n");
  CHECK(failure(reading()).code == errc::corrupt_state);
  REQUIRE(ok(r.store().remove(".waybill/logs/abc/log.jsonl")));
  auto const key = layout::manifest_key(m.top_hash().hex());
  put(r.store(), key, R"({"version": "v0", "message": null})");
  e = failure(reading());
  CHECK(e.code == errc::digest_mismatch);
  CHECK_THAT(e.path, contains(key));
}

TEST_CASE("contents are found in documents however deep and by places of any registry") {
  auto const a = digest_of("a");
  auto const content =
      R"({"size": 1, "digests": {"sha2-256-chunked": ")" + a.text() + R"(", "unknown": "x", "md5": "no"}})";
  auto const first = contents_of(content);
  REQUIRE(first.size() == 1);
  CHECK(contents_of(R"({"changes": [{"params": {"key": "k", "old": )" + content + "}}]}") == first);
  CHECK(contents_of(R"({"places": ["s3://other/)" + object_key(a) + R"(?versionId=1", "file:///x"]})") == first);
  CHECK(contents_of(R"(["file:///moved/)" + object_key(a) + R"("])") == first);
  CHECK(contents_of(R"({"places": [")" + object_key(a) + R"("], "digests": 7})").empty());
}
