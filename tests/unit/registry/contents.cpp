#include <waybill/registry/contents.hpp>

#include <waybill/registry/layout.hpp>
#include <waybill/scan/download.hpp>
#include <waybill/scan/seal.hpp>

#include <unistd.h>

#include <filesystem>

#include "entries.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::drain;
using waybill_test::entry_of;
using waybill_test::failure;
using waybill_test::network_store;
using waybill_test::ok;
using waybill_test::put;
using waybill_test::temporary_directory;
using waybill_test::write_file;

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

TEST_CASE("places outside the registry are opened by whoever was given for that") {
  auto r = waybill_test::memory_registry();
  auto const e = entry_of("k", "x", {physical_key::s3("other", "data/x", "v1")});
  std::vector<std::string> asked;
  place_policy policy;
  policy.elsewhere = [&](physical_key const& place, byte_range) -> result<std::unique_ptr<byte_source>> {
    asked.push_back(place.url());
    if (asked.size() > 1) return make_error(errc::foreign_location, "not from there");
    return std::unique_ptr<byte_source>{
        std::make_unique<shared_source>(std::make_shared<std::string const>("bytes"), byte_range{})};
  };
  registry_contents contents{r, policy};
  CHECK(drain(contents.open(e)) == "bytes");
  CHECK(drain(contents.open(e)) == "<foreign_location>");
  CHECK(asked == std::vector<std::string>(2, "s3://other/data/x?versionId=v1"));
  put(r.store(), object_key(*e.digests.strongest()), "x");
  CHECK(drain(contents.open(e)) == "x");  // what the registry has needs nobody
  CHECK(asked.size() == 2);
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
  CHECK_FALSE(contents.open_local(e));
  put(r.store(), object_key(*e.digests.strongest()), "bytes");
  auto const file = contents.open_local(e);
  REQUIRE(file);
  CHECK(waybill_test::read_file(file->path) == "bytes");
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

TEST_CASE("a large content that was fetched in parts becomes the cache's own file") {
  temporary_directory dir;
  bool const elsewhere = GENERATE(false, true);
  std::filesystem::path const near =
      elsewhere ? std::filesystem::path{"/dev/shm/waybill-test-cached-" + std::to_string(::getpid())} : dir / "partial";
  auto r = waybill_test::memory_registry();
  std::string const bytes(std::size_t{8} << 20, 'x');
  auto const e = entry_of("large", bytes, {});
  put(r.store(), object_key(*e.digests.strongest()), bytes);
  object_cache cache{directory_store::open_path((dir / "cache").string(), true).value()};
  {
    auto const partials = partial_files::open(near.string(), 0).value();
    write_file(detail::partial_of(&partials, e)->path(), bytes.substr(0, 1000));
    registry_contents contents{r, {}};
    CHECK(cache.fetch(e, contents, &partials).value() == bytes.size());
    CHECK(std::filesystem::is_empty(near));
    CHECK(cache.fetch(e, contents, &partials).value() == 0);
  }
  if (elsewhere) std::filesystem::remove_all(near);
  auto const file = cache.store().open_local(object_key(*e.digests.strongest()));
  REQUIRE(file);
  CHECK(waybill_test::read_file(file->path) == bytes);
  CHECK((std::filesystem::status(file->path).permissions() == std::filesystem::perms{0444}));
  CHECK(detail::is_sealed(file->state, *e.digests.strongest()));
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

TEST_CASE("an object is found by any of its digests") {
  auto r = waybill_test::memory_registry();
  auto e = entry_of("a", "right", {});
  auto const weaker = hash_bytes<md5_hasher>(as_bytes("right"));
  e.digests.insert(weaker);
  put(r.store(), object_key(weaker), "right");
  CHECK(drain(registry_contents{r, {}}.open(e)) == "right");
}

TEST_CASE("registries that are reached over the network do not lead to local files") {
  CHECK(default_policy(waybill_test::memory_registry()).file_keys);
  for (auto const* scheme : {"s3", "http", "https"}) {
    INFO(scheme);
    CHECK_FALSE(default_policy(registry{network_store{scheme}, "far"}).file_keys);
  }
}

TEST_CASE("a moved file that nothing can check is not taken for the one it was") {
  temporary_directory dir;
  auto r = waybill_test::directory_registry(dir / "new");
  put(r.store(), "data/v0/train/1.jpg", "bytes");
  auto e = entry_of("train/1.jpg", "bytes", {physical_key::file("/old/place/reg/data/v0/train/1.jpg")});
  e.digests = {};
  CHECK(drain(registry_contents{r, {}}.open(e)) == "<object_not_found>");
}

TEST_CASE("files at places of the registry and in the cache are offered for linking when their size is right") {
  temporary_directory dir;
  auto r = waybill_test::directory_registry(dir / "reg");
  put(r.store(), "data/a", "bytes");
  auto const e = entry_of("k", "bytes", {r.store().url("data/a")});
  auto const file = registry_contents{r, {}}.open_local(e);
  REQUIRE(file);
  CHECK(file->path == (std::filesystem::canonical(dir / "reg") / "data/a").string());
  put(r.store(), "data/a", "cut");
  CHECK_FALSE(registry_contents{r, {}}.open_local(e));

  auto cache = directory_store::open_path((dir / "cache").string(), true).value();
  memory_content const right{std::string_view{"bytes"}};
  cache.put(object_key(*e.digests.strongest()), right).value();
  auto const cached = registry_contents{r, {}, cache}.open_local(e);
  REQUIRE(cached);
  CHECK(cached->path.starts_with(std::filesystem::canonical(dir / "cache").string()));
}

TEST_CASE("what others keep in the cache's directory is neither counted nor removed") {
  temporary_directory dir;
  object_cache cache{directory_store::open_path((dir / "cache").string(), true).value()};
  write_file(dir / "cache/README", "mine");
  write_file(dir / "cache/.waybill/objects/notes", "mine");
  auto r = waybill_test::memory_registry();
  auto const e = entry_of("a", "bytes", {});
  put(r.store(), object_key(*e.digests.strongest()), "bytes");
  registry_contents contents{r, {}};
  CHECK(cache.fetch(e, contents).value() == 5);
  CHECK(cache.size().value().objects == 1);
  CHECK(cache.clear().value().objects == 1);
  CHECK(waybill_test::read_file(dir / "cache/README") == "mine");
  CHECK(waybill_test::read_file(dir / "cache/.waybill/objects/notes") == "mine");
  auto sizeless = e;
  sizeless.size.reset();
  CHECK(failure(cache.fetch(sizeless, contents)).code == errc::digest_required);
}
