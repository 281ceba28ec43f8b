#include <waybill/json/write.hpp>
#include <waybill/registry/package_builder.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::failure;
using waybill_test::memory_registry;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::rows;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

json::value meta_of(package_builder const& b, std::string_view key) {
  auto const* meta = user_meta(*b.draft().find(key));
  return meta ? *meta : json::value{};
}

}  // namespace

TEST_CASE("a local file is named when it is set and hashed when the package is built") {
  temporary_directory dir;
  write_file(dir / "a.txt", "hello");
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("x/a", (dir / "a.txt").string())));
  CHECK_FALSE(b.draft().find("x/a")->size);
  CHECK_FALSE(b.top_hash());
  auto const m = b.build().value();
  CHECK(m.find("x/a")->size == 5);
  CHECK(m.find("x/a")->digests.find(algorithms::sha2_256_chunked)->text() ==
        hash_bytes(as_bytes("hello"), sha2_256_chunked_hasher{5}).text());
  CHECK(b.top_hash() == m.top_hash().hex());
  CHECK(m.header().members.back().first == "message");
  CHECK(m.header().members.back().second.is_null());
  CHECK(failure(b.set_file("y", (dir / "nope").string())).code == errc::file_not_found);
  CHECK(failure(b.set_file("y", dir.path().string())).code == errc::file_not_found);
  CHECK(failure(b.set_file("../y", (dir / "a.txt").string())).code == errc::malformed_key);
  CHECK(failure(b.set_file("x", (dir / "a.txt").string())).code == errc::key_conflict);
  CHECK(b.top_hash());
}

TEST_CASE("every change makes a built draft a pre-manifest again") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  package_builder b{name("ns/data")};
  auto const built = [&] {
    b.build().value();
    return b.top_hash().has_value();
  };
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  REQUIRE(built());
  REQUIRE(ok(b.set_file("d/b", (dir / "a").string())));
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  REQUIRE(ok(b.set_meta("a", json::object{})));
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  REQUIRE(ok(b.move("a", "c", false)));
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  REQUIRE(ok(b.remove("c")));
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  b.set_message("m");
  CHECK_FALSE(b.top_hash());
}

TEST_CASE("directories are added below a key, all or nothing") {
  temporary_directory dir;
  write_file(dir / "src/1.jpg", "1");
  write_file(dir / "src/sub/2.jpg", "2");
  write_file(dir / "src/.waybill/draft.json", "{}");
  package_builder b{name("ns/data")};
  CHECK(b.add_directory("train/", (dir / "src").string()).value() == 2);
  CHECK_FALSE(b.draft().find("train/1.jpg")->size);  // taken with the digest
  CHECK(b.add_directory("", (dir / "src").string()).value() == 2);
  CHECK(waybill_test::keys(b.build().value()) ==
        std::vector<std::string>{"1.jpg", "sub/2.jpg", "train/1.jpg", "train/sub/2.jpg"});
  // `train/1.jpg` is a file: nothing can be added below it, and nothing else is.
  write_file(dir / "other/0", "0");
  write_file(dir / "other/x", "x");
  CHECK(failure(b.add_directory("train/1.jpg", (dir / "other").string())).code == errc::key_conflict);
  CHECK(b.draft().entries().size() == 4);
  CHECK(failure(b.add_directory("a", (dir / "none").string())).code == condition::not_found);
  CHECK(failure(b.add_directory("../a", (dir / "src").string())).code == errc::malformed_key);
}

TEST_CASE("labels survive a corrected file, and can be replaced with it") {
  temporary_directory dir;
  write_file(dir / "d/1.jpg", "1");
  package_builder b{name("ns/data")};
  b.add_directory("d", (dir / "d").string()).value();
  REQUIRE(ok(b.set_meta("d/1.jpg", json::object{{"label", "cat"}})));
  REQUIRE(ok(b.set_file("d/1.jpg", (dir / "d/1.jpg").string())));
  CHECK(*meta_of(b, "d/1.jpg").find("label")->as_string() == "cat");
  b.add_directory("d", (dir / "d").string()).value();
  CHECK(*meta_of(b, "d/1.jpg").find("label")->as_string() == "cat");
  REQUIRE(ok(b.set_file("d/1.jpg", (dir / "d/1.jpg").string(), json::value{json::object{}})));
  CHECK(meta_of(b, "d/1.jpg").as_object()->empty());
}

TEST_CASE("metadata of an entry keeps what other writers put beside it") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("d/a", (dir / "a").string())));
  auto e = *b.draft().find("d/a");
  e.meta = json::object{{"format", "npy"}, {"user_meta", 1 == 1}};
  REQUIRE(ok(b.set_entry(e)));
  REQUIRE(ok(b.set_meta("d/a", json::object{{"k", "v"}})));
  CHECK(json::compact(b.draft().find("d/a")->meta) == R"({"format":"npy","user_meta":{"k":"v"}})");
  REQUIRE(ok(b.set_meta(".", json::object{{"of", "package"}})));
  REQUIRE(ok(b.set_meta("d/", json::object{{"of", "directory"}})));
  auto const m = b.build().value();
  CHECK(*m.header().user_meta()->find("of")->as_string() == "package");
  CHECK(*m.directory("d")->find("of")->as_string() == "directory");
  CHECK(failure(b.set_meta("nope", json::object{})).code == errc::key_not_found);
  CHECK(failure(b.set_meta("nope/", json::object{})).code == errc::key_not_found);
}

TEST_CASE("another package's entries come without their bytes, with metadata of directories") {
  auto r = memory_registry();
  auto const base = waybill_test::stored_manifest(r, {"n/1", "n/2"});
  manifest_builder labelled{base};
  REQUIRE(ok(labelled.set_directory_meta("n", json::object{{"k", "v"}})));
  package_builder b{name("ns/data")};
  CHECK(b.add_package(labelled.build().value()).value() == 2);
  CHECK(b.add_package(base, "copy/").value() == 2);
  auto const m = b.build().value();
  CHECK(waybill_test::keys(m) == std::vector<std::string>{"copy/n/1", "copy/n/2", "n/1", "n/2"});
  CHECK(m.directory("n") != nullptr);
  CHECK(m.find("copy/n/1")->places == base.find("n/1")->places);
}

TEST_CASE("keys are renamed, contents of directories moved, collisions named") {
  auto r = memory_registry();
  package_builder b{name("ns/data")};
  b.add_package(waybill_test::stored_manifest(r, {"new/1.jpg", "new/2.jpg", "old/1.jpg", "x"})).value();
  auto const e = failure(b.move("new/", "old/", false));
  CHECK(e.code == errc::collision);
  CHECK_THAT(e.message(), contains("new/1.jpg") && contains("old/1.jpg"));
  CHECK(b.draft().find("new/2.jpg") != nullptr);
  CHECK(b.move("new/", "old/", true).value() == 2);
  CHECK(b.move("x", "y", false).value() == 1);
  CHECK(b.move("y", "old/", false).value() == 1);
  CHECK(waybill_test::keys(b.build().value()) == std::vector<std::string>{"old/1.jpg", "old/2.jpg", "old/y"});
  CHECK(failure(b.move("none", "z", false)).code == errc::key_not_found);
  CHECK(b.remove("old/").value() == 3);
}

TEST_CASE("contents show where each top-level name points") {
  temporary_directory dir;
  write_file(dir / "README.md", "r");
  write_file(dir / "train2017/1.jpg", "1");
  write_file(dir / "train2017/sub/2.jpg", "2");
  auto const root = std::filesystem::canonical(dir.path()).string();
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("README.md", root + "/README.md")));
  b.add_directory("train2017/", root + "/train2017").value();
  CHECK(rows(b) == std::vector<std::string>{"README.md -> file://" + root + "/README.md (local)",
                                            "train2017/ -> file://" + root + "/train2017/... (local)"});
}

TEST_CASE("contents of mixed origin have a row each, the most common first") {
  auto const elsewhere = [](std::string const& key, std::string const& url) {
    return entry{logical_key::parse(key).value(),
                 1,
                 {},
                 json::object{{"type", "x"}},
                 {physical_key::parse(url).value()},
                 json::object{}};
  };
  package_builder b{name("ns/data")};
  for (auto const* n : {"1", "2", "3", "4 x"})
    REQUIRE(ok(b.set_entry(elsewhere("t/" + std::string{n}, "s3://b/data/t/" + std::string{*n == '4' ? "4%20x" : n}))));
  REQUIRE(ok(b.set_entry(elsewhere("t/2", "file:///replacement/2"))));
  REQUIRE(ok(b.set_entry(elsewhere("t/7", "s3://c/2019/7"))));
  REQUIRE(ok(b.set_entry(elsewhere("t/8", "s3://c/2019/8?versionId=v"))));
  CHECK(rows(b) == std::vector<std::string>{"t/ -> s3://b/data/t/...", "t/ -> s3://c/2019/...",
                                            "t/2 -> file:///replacement/2 (local)"});
  for (int i = 100; i < 200; ++i)
    REQUIRE(ok(b.set_entry(elsewhere("t/" + std::to_string(i), "s3://d/" + std::to_string(i * 7)))));
  auto const many = rows(b);
  CHECK(many.size() == 21);
  CHECK_THAT(many.back(), contains("... and 83 more places"));
}

TEST_CASE("an entry elsewhere without size and digest cannot be built, and says so") {
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_entry(
      {logical_key::parse("b").value(), {}, {}, nullptr, {physical_key::s3("other", "x")}, json::object{}})));
  auto const e = failure(b.build());
  CHECK(e.code == errc::unsupported);
  CHECK_THAT(e.detail, contains("s3://other/x"));
}

TEST_CASE("good practice stands between a draft and a package, and says what helps") {
  temporary_directory dir;
  write_file(dir / "a", "1");
  auto r = waybill_test::directory_registry(dir / "reg");
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "a").string())));
  auto e = failure(b.as_package(r));
  CHECK(e.code == errc::local_pointers);
  CHECK_THAT(e.detail, contains("push_data()") && contains("allow_local_files"));
  CHECK(failure(b.push_manifest(r, {{}, {}, false, second(1)})).code == errc::local_pointers);
  CHECK(ok(b.as_package(r, true, true)));
  b.push_data(r).value();
  e = failure(b.as_package(r));
  CHECK(e.code == errc::refused);
  CHECK_THAT(e.detail, contains("push_manifest()") && contains("allow_local_manifest"));
  CHECK(ok(b.as_package(r, false, true)));
  b.push_manifest(r, {{}, {}, false, second(1)}).value();
  CHECK(b.as_package(r).value().read("a").value() == "1");
}

TEST_CASE("a file is remembered by its real path") {
  temporary_directory dir;
  write_file(dir / "real/a", "1");
  std::filesystem::create_symlink(dir / "real/a", dir / "link");
  auto const real = physical_key::file(std::filesystem::canonical(dir / "real/a").string());
  package_builder b{name("ns/data")};
  REQUIRE(ok(b.set_file("a", (dir / "link").string())));
  CHECK(b.draft().find("a")->places.front() == real);
  auto const here = std::filesystem::current_path();
  std::filesystem::current_path(dir / "real");
  auto const relative = b.set_file("b", "a");
  std::filesystem::current_path(here);
  REQUIRE(ok(relative));
  CHECK(b.draft().find("b")->places.front() == real);
}

TEST_CASE("a builder made of a package has its entries and metadata and not its message") {
  auto r = memory_registry();
  auto const base = waybill_test::stored_manifest(r, {"a"}, "first");
  package_builder b{package{r, name("ns/data"), base}};
  CHECK(b.name() == name("ns/data"));
  CHECK_FALSE(b.build().value().header().message());
  CHECK(b.build().value().find("a")->digests == base.find("a")->digests);
}

TEST_CASE("adding and moving many makes a built draft a pre-manifest again") {
  temporary_directory dir;
  write_file(dir / "src/a", "1");
  auto r = memory_registry();
  package_builder b{name("ns/data")};
  auto const built = [&] {
    b.build().value();
    return b.top_hash().has_value();
  };
  b.add_directory("d", (dir / "src").string()).value();
  REQUIRE(built());
  b.add_package(waybill_test::stored_manifest(r, {"x"})).value();
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  b.move("d/", "e/", false).value();
  CHECK_FALSE(b.top_hash());
  REQUIRE(built());
  REQUIRE(ok(b.set_meta("e/", json::object{{"k", "v"}})));
  CHECK_FALSE(b.top_hash());
}

TEST_CASE("another package below a prefix brings its labels and those of its directories") {
  auto r = memory_registry();
  package_builder other{name("ns/other")};
  other.add_package(waybill_test::stored_manifest(r, {"n/1"})).value();
  REQUIRE(ok(other.set_meta("n/1", json::object{{"label", "new"}})));
  REQUIRE(ok(other.set_meta("n/", json::object{{"of", "n"}})));
  package_builder b{name("ns/data")};
  b.add_package(waybill_test::stored_manifest(r, {"copy/n/1"})).value();
  REQUIRE(ok(b.set_meta("copy/n/1", json::object{{"label", "old"}})));
  b.add_package(other.build().value(), "copy").value();
  CHECK(*meta_of(b, "copy/n/1").find("label")->as_string() == "new");
  auto const m = b.build().value();
  CHECK(m.directory("copy/n") != nullptr);
  CHECK(m.directory("n") == nullptr);
}

TEST_CASE("an entry is moved to the root and never over another one unasked") {
  auto r = memory_registry();
  package_builder b{name("ns/data")};
  b.add_package(waybill_test::stored_manifest(r, {"d/a", "d/b", "x"})).value();
  CHECK(b.move("d/a", ".", false).value() == 1);
  CHECK(failure(b.move("d/b", "x", false)).code == errc::collision);
  CHECK(b.move("d/b", "x", true).value() == 1);
  CHECK(waybill_test::keys(b.build().value()) == std::vector<std::string>{"a", "x"});
}
