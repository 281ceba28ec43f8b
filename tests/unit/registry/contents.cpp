#include <waybill/registry/contents.hpp>

#include <waybill/registry/layout.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::ok;
using waybill_test::put;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

entry entry_of(std::string const& key, std::string const& bytes, std::vector<physical_key> places) {
  auto const d = hash_bytes(as_bytes(bytes), sha2_256_chunked_hasher{bytes.size()});
  return {logical_key::parse(key).value(), bytes.size(), {d}, nullptr, std::move(places), json::object{}};
}

std::string drain(result<std::unique_ptr<byte_source>> source) {
  if (!source) return "<" + std::string{name_of(source.error().code)} + ">";
  std::string out(1 << 16, '\0');
  std::size_t filled = 0;
  for (;;) {
    auto const n = (*source)->read(std::as_writable_bytes(std::span{out}).subspan(filled)).value();
    if (n == 0) break;
    filled += n;
  }
  out.resize(filled);
  return out;
}

/// A store that only its URLs tell from memory: a registry somewhere on the network.
class network_store {
 public:
  [[nodiscard]] result<object_info> head(std::string_view k) const { return inner_.head(k); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view k, byte_range r = {}) const {
    return inner_.open(k, r);
  }
  [[nodiscard]] result<void> list(std::string_view p, object_visitor const& v) const { return inner_.list(p, v); }
  [[nodiscard]] physical_key url(std::string_view k) const { return physical_key::s3("bucket", k); }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }
  [[nodiscard]] result<object_info> put(std::string_view k, object_content const& c, put_options const& o = {}) {
    return inner_.put(k, c, o);
  }
  [[nodiscard]] result<void> remove(std::string_view k) { return inner_.remove(k); }
  [[nodiscard]] result<void> flush() { return {}; }
  [[nodiscard]] result<std::optional<ref_value>> read_ref(std::string_view k) { return inner_.read_ref(k); }
  [[nodiscard]] result<ref_value> swap_ref(std::string_view k, std::optional<std::string> const& e,
                                           std::string_view t) {
    return inner_.swap_ref(k, e, t);
  }
  [[nodiscard]] result<void> remove_ref(std::string_view k, std::optional<std::string> const& e) {
    return inner_.remove_ref(k, e);
  }

 private:
  memory_store inner_;
};

}  // namespace

TEST_CASE("bytes are found in the cache, by digest, and at their place, in that order") {
  temporary_directory dir;
  auto r = waybill_test::memory_registry();
  auto cache = directory_store::open_path((dir / "cache").string(), true).value();
  auto const e = entry_of("a", "right", {r.store().url("data/a")});
  auto const object = object_key(*e.digests.strongest());
  registry_contents contents{r, {}, cache};
  CHECK(drain(contents.open(e)) == "<object_not_found>");
  put(r.store(), "data/a", "place");
  CHECK(drain(contents.open(e)) == "place");
  put(r.store(), object, "diges");
  CHECK(drain(contents.open(e)) == "diges");
  memory_content const cached{std::string_view{"right"}};
  cache.put(object, cached).value();
  CHECK(drain(contents.open(e)) == "right");
}

TEST_CASE("an object of another size is damage and is passed over") {
  auto r = waybill_test::memory_registry();
  auto const e = entry_of("a", "right", {r.store().url("data/a")});
  put(r.store(), object_key(*e.digests.strongest()), "rig");
  put(r.store(), "data/a", "right");
  registry_contents contents{r, {}};
  CHECK(drain(contents.open(e)) == "right");
}

TEST_CASE("a local file is followed only where the manifest did not come over the network") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto const place = physical_key::file((dir / "a").string());
  auto const e = entry_of("k", "bytes", {place});
  auto near = waybill_test::directory_registry(dir / "reg");
  registry_contents local{near, default_policy(near)};
  CHECK(drain(local.open(e)) == "bytes");
  registry const far{network_store{}, "s3://bucket"};
  registry_contents network{far, default_policy(far)};
  auto const error = failure(network.open(e));
  CHECK(error.code == errc::foreign_location);
  CHECK(error.code == condition::refused);
  CHECK_THAT(error.detail, contains("--allow-file-keys"));
  registry_contents allowed{far, place_policy{true}};
  CHECK(drain(allowed.open(e)) == "bytes");
}

TEST_CASE("a place nothing here reads is named with its kind") {
  auto r = waybill_test::memory_registry();
  registry_contents contents{r, {}};
  auto const e = failure(contents.open(entry_of("k", "x", {physical_key::s3("bucket", "data/x")})));
  CHECK(e.code == errc::unsupported);
  CHECK_THAT(e.detail, contains("s3://bucket/data/x"));
  CHECK_THAT(e.detail, contains("kind s3:"));
}

TEST_CASE("bytes that are nowhere are said with every place looked at") {
  temporary_directory dir;
  auto r = waybill_test::directory_registry(dir / "reg");
  registry_contents contents{r, {}};
  auto const e =
      failure(contents.open(entry_of("k", "x", {physical_key::file("/nowhere/x"), r.store().url("data/k")})));
  CHECK(e.code == errc::object_not_found);
  CHECK_THAT(e.detail, contains("file:///nowhere/x"));
  CHECK_THAT(e.detail, contains("data/k"));
  CHECK_THAT(e.detail, contains(r.location()));
}

TEST_CASE("files of a moved registry directory are found by the end of their old path") {
  temporary_directory dir;
  auto r = waybill_test::directory_registry(dir / "new");
  put(r.store(), "data/v0/train/1.jpg", "bytes");
  auto const e = entry_of("train/1.jpg", "bytes", {physical_key::file("/old/place/reg/data/v0/train/1.jpg")});
  registry_contents contents{r, {}};
  CHECK(drain(contents.open(e)) == "bytes");
  // Another size, another name or no way to check the bytes: not the same file.
  CHECK(drain(contents.open(entry_of("train/1.jpg", "other bytes", e.places))) == "<object_not_found>");
  CHECK(drain(contents.open(entry_of("2.jpg", "bytes", e.places))) == "<object_not_found>");
}

TEST_CASE("only files the registry or the cache keeps are offered for linking") {
  temporary_directory dir;
  write_file(dir / "a", "bytes");
  auto r = waybill_test::directory_registry(dir / "reg");
  auto const e = entry_of("k", "bytes", {physical_key::file((dir / "a").string())});
  registry_contents contents{r, {}};
  CHECK(contents.local_file(e) == std::nullopt);
  put(r.store(), object_key(*e.digests.strongest()), "bytes");
  auto const path = contents.local_file(e);
  REQUIRE(path);
  CHECK(waybill_test::read_file(*path) == "bytes");
}

TEST_CASE("a part of an entry's bytes is what the range says") {
  auto r = waybill_test::memory_registry();
  auto const e = entry_of("k", "0123456789", {});
  put(r.store(), object_key(*e.digests.strongest()), "0123456789");
  registry_contents contents{r, {}};
  entry_content const content{e, contents};
  CHECK(content.size() == 10);
  CHECK(drain(content.open({})) == "0123456789");
  CHECK(drain(content.open({3, std::nullopt})) == "3456789");
  CHECK(drain(content.open({3, 4})) == "3456");
  CHECK(drain(content.open({8, 100})) == "89");
  CHECK(drain(content.open({10, 1})).empty());
}

TEST_CASE("the cache takes checked bytes once, counts them and lets them go") {
  temporary_directory dir;
  auto r = waybill_test::memory_registry();
  object_cache cache{directory_store::open_path((dir / "cache").string(), true).value()};
  auto const good = entry_of("good", "bytes", {});
  auto const bad = entry_of("bad", "right", {r.store().url("data/bad")});
  put(r.store(), object_key(*good.digests.strongest()), "bytes");
  put(r.store(), "data/bad", "wrong");
  registry_contents contents{r, {}};
  CHECK(cache.fetch(good, contents).value() == 5);
  CHECK(cache.fetch(good, contents).value() == 0);
  CHECK(failure(cache.fetch(bad, contents)).code == errc::digest_mismatch);
  CHECK(cache.size().value().objects == 1);
  CHECK(cache.size().value().bytes == 5);
  // What is cached needs the registry no more.
  auto const empty = waybill_test::memory_registry();
  registry_contents cached{empty, {}, cache.store()};
  CHECK(drain(cached.open(good)) == "bytes");
  CHECK(cache.clear().value().bytes == 5);
  CHECK(cache.size().value().objects == 0);
  auto unknown = good;
  unknown.digests = {};
  CHECK(failure(cache.fetch(unknown, contents)).code == errc::digest_required);
}
