#include <waybill/registry/package.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::ok;
using waybill_test::stored_manifest;

namespace {

std::vector<std::string> names(std::vector<listing_row> const& rows) {
  std::vector<std::string> out;
  for (auto const& row : rows) out.push_back(row.key);
  return out;
}

package published(registry& r, manifest const& m) {
  waybill_test::publish(r, m, "ns/data", 1000);
  return waybill_test::open(r, "ns/data");
}

}  // namespace

TEST_CASE("a level lists its names in walk order, directories with what is below") {
  auto r = memory_registry();
  auto const m =
      stored_manifest(r, {"README.md", "cats/file1.txt", "cats/tabby/1", "cats/tabby/22", "cats-more", "dogs/x"});
  CHECK(names(list_level(m, "").value()) == std::vector<std::string>{"README.md", "cats/", "cats-more", "dogs/"});
  auto const cats = list_level(m, "cats/").value();
  CHECK(names(cats) == std::vector<std::string>{"cats/file1.txt", "cats/tabby/"});
  CHECK_FALSE(cats[0].directory);
  CHECK(cats[1].directory);
  CHECK(cats[1].entries == 2);
  CHECK(cats[1].size == std::string{"cats/tabby/1"}.size() + std::string{"cats/tabby/22"}.size());
  CHECK(names(list_level(m, "cats").value()) == names(cats));
  CHECK(names(list_level(m, ".").value()) == names(list_level(m, "").value()));
  CHECK(failure(list_level(m, "birds")).code == errc::key_not_found);
  CHECK_THAT(failure(list_level(m, "README.md")).detail, contains("a file"));
  CHECK(list_level(stored_manifest(r, {}), "").value().empty());
}

TEST_CASE("entries are read verified, whole or not at all") {
  auto r = memory_registry();
  auto const p = published(r, stored_manifest(r, {"a", "b/c"}));
  CHECK(p.read("b/c").value() == "b/c");
  CHECK(failure(p.read("nope")).code == errc::key_not_found);
  CHECK(failure(p.read("b")).code == errc::key_not_found);
  CHECK(failure(p.read("b/c", 2)).code == errc::too_large);
  CHECK(p.read("b/c", 3).value() == "b/c");
  // The same size, other bytes.
  auto const* e = p.manifest().find("a");
  memory_content const wrong{std::string_view{"x"}};
  r.store().put(object_key(*e->digests.strongest()), wrong).value();
  CHECK(failure(p.read("a")).code == errc::digest_mismatch);
}

TEST_CASE("an entry whose hash nobody here can compute is not passed off as checked") {
  auto r = memory_registry();
  entry e{logical_key::parse("a").value(),
          1,
          {},
          json::object{{"type", "future"}, {"value", "x"}},
          {r.store().url("data/a")},
          json::object{}};
  memory_content const bytes{std::string_view{"x"}};
  r.store().put("data/a", bytes).value();
  package const p{r, waybill_test::name("ns/data"), manifest::create({}, {e}).value()};
  CHECK(failure(p.read("a")).code == errc::unknown_algorithm);
}

TEST_CASE("metadata is that of an entry, a directory or the package") {
  auto r = memory_registry();
  auto const base = stored_manifest(r, {"d/a", "e/b", "f"});
  manifest_builder draft{base};
  draft.header.set_user_meta(json::object{{"of", "package"}});
  draft.edit("d/a").value()->meta = json::object{{"user_meta", json::object{{"of", "entry"}}}};
  REQUIRE(ok(draft.set_directory_meta("d", json::object{{"of", "directory"}})));
  package const p{r, waybill_test::name("ns/data"), draft.build().value()};
  auto const of = [&](std::string_view key) {
    auto const meta = p.metadata(key).value();
    return meta.is_null() ? std::string{"-"} : *meta.find("of")->as_string();
  };
  CHECK(of("") == "package");
  CHECK(of(".") == "package");
  CHECK(of("d/a") == "entry");
  CHECK(of("d") == "directory");
  CHECK(of("d/") == "directory");
  CHECK(of("e/") == "-");
  CHECK(of("f") == "-");
  CHECK(failure(p.metadata("g")).code == errc::key_not_found);
  CHECK(failure(p.metadata("g/")).code == errc::key_not_found);
}

TEST_CASE("the README is found whatever its case, Markdown first") {
  auto r = memory_registry();
  auto const readme = [&](std::vector<std::string> const& keys) {
    return package{r, waybill_test::name("ns/data"), stored_manifest(r, keys)}.readme();
  };
  CHECK(readme({"README", "ReadMe.md", "x"}).value() == "ReadMe.md");
  CHECK(readme({"README.md", "readme.txt"}).value() == "README.md");
  CHECK(readme({"readme.txt", "readme.rst"}).value() == "readme.txt");
  CHECK(failure(readme({"d/README.md", "README.html"})).code == errc::key_not_found);
}

TEST_CASE("a version is opened by tag, by hash, and by name") {
  auto r = memory_registry();
  auto const one = stored_manifest(r, {"a"}, "one");
  waybill_test::publish(r, one, "ns/data", 1, {"v1"});
  waybill_test::publish(r, stored_manifest(r, {"a"}, "two"), "ns/data", 2);
  CHECK(waybill_test::open(r, "ns/data:v1").manifest() == one);
  CHECK(waybill_test::open(r, "ns/data@" + one.top_hash().hex().substr(0, 8)).manifest() == one);
  CHECK(waybill_test::open(r, "ns/data").manifest().header().message() == "two");
  CHECK(waybill_test::open(r, "ns/data:v1").top_hash() == one.top_hash().hex());
}

TEST_CASE("an installed version is verified, and a dry run makes nothing") {
  waybill_test::temporary_directory dir;
  auto r = memory_registry();
  auto const p = published(r, stored_manifest(r, {"a", "b/c"}));
  auto const target = (dir / "out").string();
  materialise_options plan;
  plan.dry_run = true;
  CHECK(p.install(target, plan).value().added == std::vector<std::string>{"a", "b/c"});
  CHECK_FALSE(std::filesystem::exists(target));
  CHECK(p.install(target).value().added.size() == 2);
  CHECK(waybill_test::read_file(dir / "out/b/c") == "b/c");
  CHECK(p.verify(target).value().empty());
  waybill_test::write_file(dir / "out/a", "X");
  waybill_test::write_file(dir / "out/extra", "X");
  CHECK(p.verify(target).value().size() == 2);
  auto const again = p.install(target).value();
  CHECK(again.replaced == std::vector<std::string>{"a"});
  CHECK(again.unchanged == 1);
  CHECK(std::filesystem::exists(dir / "out/extra"));
}

TEST_CASE("a package of a network registry does not lead to files of this machine") {
  waybill_test::temporary_directory dir;
  waybill_test::write_file(dir / "secret", "a");
  registry r{waybill_test::network_store{}, "s3://bucket"};
  auto const m = stored_manifest(r, {"a"});
  std::vector<entry> entries{m.entries().begin(), m.entries().end()};
  REQUIRE(ok(r.store().remove(object_key(*entries[0].digests.strongest()))));
  entries[0].places = {physical_key::file((dir / "secret").string())};
  package const p{r, waybill_test::name("ns/data"), manifest::create(m.header(), entries).value()};
  CHECK(failure(p.read("a")).code == errc::foreign_location);
  CHECK(failure(p.install((dir / "out").string())).code == errc::foreign_location);
  CHECK_FALSE(std::filesystem::exists(dir / "out/a"));
}

TEST_CASE("a long entry is read to its end") {
  auto r = memory_registry();
  auto const text = waybill_test::vector_bytes(200'000, 1);
  auto const d = hash_bytes(as_bytes(text), sha2_256_chunked_hasher{text.size()});
  memory_content const content{std::string_view{text}};
  r.store().put(object_key(d), content).value();
  entry const e{logical_key::parse("a").value(), text.size(), {d}, nullptr, {}, json::object{}};
  package const p{r, waybill_test::name("ns/data"), manifest::create({}, {e}).value()};
  CHECK((p.read("a").value() == text));
}

TEST_CASE("an entry whose size is not that of its bytes is refused although the digest is right") {
  auto r = memory_registry();
  auto const m = stored_manifest(r, {"a"});
  auto e = m.entries().front();
  e.size = 2;
  package const p{r, waybill_test::name("ns/data"), manifest::create({}, {e}).value()};
  CHECK(failure(p.read("a")).code == errc::size_mismatch);
}

TEST_CASE("an installation that is refused makes no directory") {
  waybill_test::temporary_directory dir;
  auto r = memory_registry();
  package const p{r, waybill_test::name("ns/data"), stored_manifest(r, {".git/config", "a"})};
  CHECK(failure(p.install((dir / "out").string())).code == errc::protected_name);
  CHECK_FALSE(std::filesystem::exists(dir / "out"));
}
