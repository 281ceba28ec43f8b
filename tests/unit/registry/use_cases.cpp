/// The use cases of a data package, as users describe them: each test is one of their stories, over the public
/// interface alone.

#include <waybill/registry/checkout.hpp>

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::keys;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
using waybill_test::read_file;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

template <class P>
concept can_be_changed =
    requires(P& p) { p.set_file("k", "f"); } || requires(P& p, entry e) { p.set_entry(e); } ||
    requires(P& p) { p.set("k", "f"); } || requires(P& p) { p.remove("k"); } ||
    requires(P& p) { p.move("a", "b", true); } || requires(P& p, json::value v) { p.set_meta("k", v); } ||
    requires(P& p) { p.add_directory("k", "d"); };

static_assert(!can_be_changed<package>, "a package cannot be changed");
static_assert(can_be_changed<package_builder>, "a builder can");
static_assert(!std::convertible_to<package_builder, package> && !std::constructible_from<package, package_builder>,
              "a builder becomes a package only by as_package or by publishing");

json::value label(std::string const& text) { return json::object{{"label", text}}; }

/// A dataset as the stories have it: a README and labelled images.
void dataset(std::filesystem::path const& root) {
  write_file(root / "README.md", "# Dataset\n");
  for (int i = 1; i <= 5; ++i)
    write_file(root / "train2017" / (std::to_string(i) + ".jpg"), "image " + std::to_string(i));
}

materialise_report install(package const& p, std::filesystem::path const& directory, bool sync = false) {
  registry_contents contents{p.source(), default_policy(p.source())};
  materialise_options options;
  options.delete_extra = sync;
  return install_package(p, directory.string(), {}, std::nullopt, contents, options).value();
}

}  // namespace

TEST_CASE("use case: download a tagged version, check it, reproduce it later") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "src");
  auto const pushed = push(r, "bucket/dataset", dir / "src", 1, {"tag"}).pushed;
  auto const pkg = open(r, "bucket/dataset:tag");
  CHECK(install(pkg, dir / "dataset").added.size() == 6);
  CHECK(pkg.verify((dir / "dataset").string()).value().empty());
  CHECK(pkg.top_hash() == pushed.top_hash().hex());
  // The hash of what lies in the directory is the package's, also when the tag has moved on.
  auto const installed = workspace::at((dir / "dataset").string()).value().load_installed().value();
  write_file(dir / "src/train2017/6.jpg", "image 6");
  push(r, "bucket/dataset", dir / "src", 2, {"tag"});
  CHECK(open(r, "bucket/dataset:tag").top_hash() != pkg.top_hash());
  CHECK(manifest_of_directory((dir / "dataset").string(), &installed->manifest).value().top_hash().hex() ==
        pkg.top_hash());
  CHECK(open(r, "bucket/dataset@" + pkg.top_hash().substr(0, 9)).manifest() == pushed);
}

TEST_CASE("use case: create and publish, step by step, best practice on the way") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "src");
  auto const root = std::filesystem::canonical(dir / "src").string();

  package_builder builder{name("bucket/dataset")};
  REQUIRE(ok(builder.set_file("README.md", root + "/README.md")));
  builder.add_directory("train2017/", root + "/train2017").value();
  CHECK_FALSE(builder.top_hash());
  auto rows = builder.contents();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].key == "train2017/");
  CHECK(rows[1].target == "file://" + root + "/train2017/...");

  auto const hash = builder.build().value().top_hash().hex();
  CHECK(builder.top_hash() == hash);
  CHECK(failure(builder.as_package(r)).code == errc::local_pointers);

  push_data_options where;
  where.prefix = "/data/dataset/v0";
  CHECK(builder.push_data(r, where).value().files_copied == 6);
  rows = builder.contents(&r);
  CHECK(rows[1].target ==
        r.store().url("data/dataset/v0/train2017/x").url().substr(0, rows[1].target.size() - 3) + "...");
  CHECK_FALSE(rows[1].local);
  CHECK(builder.top_hash() == hash);
  CHECK(failure(builder.as_package(r)).code == errc::refused);

  auto const pkg = builder.push_manifest(r, {{"v0"}, {}, false, second(1)}).value();
  CHECK(pkg.top_hash() == hash);
  CHECK(open(r, "bucket/dataset:v0").top_hash() == hash);
  CHECK(builder.as_package(r).value().top_hash() == hash);
}

TEST_CASE("use case: a package cannot be changed, a builder made of it makes the next version") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "src");
  push(r, "bucket/dataset", dir / "src", 1, {"v0"});
  auto const pkg = open(r, "bucket/dataset:v0");
  auto const before = pkg.manifest();

  write_file(dir / "replacement/1.jpg", "a better image");
  package_builder next{pkg};
  REQUIRE(ok(next.set_file("train2017/1.jpg", (dir / "replacement/1.jpg").string(), json::value{json::object{}})));
  CHECK_FALSE(next.top_hash());
  auto const rows = next.contents(&r);
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].key == "train2017/");
  CHECK_FALSE(rows[1].local);
  CHECK(rows[2].key == "train2017/1.jpg");
  CHECK(rows[2].local);

  auto const moved = next.push_data(r).value();
  CHECK(moved.files_copied == 1);
  CHECK(moved.files_skipped == 5);
  auto const newer = next.push_manifest(r, {{}, {}, false, second(2)}).value();
  CHECK(newer.read("train2017/1.jpg").value() == "a better image");
  CHECK(pkg.manifest() == before);
  CHECK(open(r, "bucket/dataset:v0").read("train2017/1.jpg").value() == "image 1");
}

TEST_CASE("use case: explore a dataset without downloading it") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "src/README.md", "# Dataset");
  write_file(dir / "src/cats/file1.txt", "meow");
  write_file(dir / "src/cats/tabby/1", "m");
  write_file(dir / "src/other/huge_file.json", "{}");
  package_builder b{name("bucket/dataset")};
  b.add_directory("", (dir / "src").string()).value();
  REQUIRE(ok(b.set_meta("cats/file1.txt", label("cat"))));
  b.push_data(r).value();
  auto const pkg = b.push_manifest(r, {{}, {}, false, second(1)}).value();

  CHECK(pkg.readme().value() == "# Dataset");
  auto const top = pkg.ls().value();
  REQUIRE(top.size() == 3);
  CHECK(top[1].key == "cats/");
  auto const cats = pkg.ls("cats/").value();
  REQUIRE(cats.size() == 2);
  CHECK(cats[0].key == "cats/file1.txt");
  CHECK(cats[1].key == "cats/tabby/");
  CHECK(pkg.read("cats/file1.txt").value() == "meow");
  CHECK(*pkg.metadata("cats/file1.txt").value().find("label")->as_string() == "cat");

  object_cache cache{directory_store::open_path((dir / "cache").string(), true).value()};
  registry_contents contents{r, default_policy(r)};
  CHECK(cache.fetch(*pkg.manifest().find("other/huge_file.json"), contents).value() == 2);
  CHECK(cache.size().value().objects == 1);
  CHECK(cache.clear().value().objects == 1);
}

TEST_CASE("use case: add new data, by another package, with a collision said and a way back") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "main/labelled/1.jpg", "main 1");
  write_file(dir / "main/labelled/2.jpg", "main 2");
  write_file(dir / "fresh/new_data/1.jpg", "new 1");
  write_file(dir / "fresh/new_data/3.jpg", "new 3");
  auto const old = push(r, "bucket/dataset", dir / "main", 1, {"master"}).pushed.top_hash().hex();
  push(r, "bucket/new-data", dir / "fresh", 2, {"2019-10-30"});

  package_builder b{open(r, "bucket/dataset:master")};
  CHECK(b.add_package(open(r, "bucket/new-data:2019-10-30").manifest()).value() == 2);
  auto const e = failure(b.move("new_data/", "labelled/", false));
  CHECK(e.code == errc::collision);
  CHECK_THAT(e.message(), contains("new_data/1.jpg") && contains("labelled/1.jpg"));
  CHECK(b.move("new_data/", "labelled/", true).value() == 2);
  auto const data = b.push_data(r).value();
  CHECK(data.files_copied == 0);
  auto const pkg = b.push_manifest(r, {{"master"}, {}, false, second(3)}).value();
  CHECK(keys(pkg.manifest()) == std::vector<std::string>{"labelled/1.jpg", "labelled/2.jpg", "labelled/3.jpg"});
  CHECK(pkg.read("labelled/1.jpg").value() == "new 1");

  CHECK(r.set_latest(name("bucket/dataset"), old).value() == pkg.top_hash());
  CHECK(open(r, "bucket/dataset").read("labelled/1.jpg").value() == "main 1");
  CHECK(open(r, "bucket/dataset:master").top_hash() == pkg.top_hash());
}

TEST_CASE("use case: incremental download, the differences, and forcing the directory to match") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  for (int i = 1; i <= 9; ++i)
    write_file(dir / "src" / ("file" + std::to_string(i) + ".txt"), "content " + std::to_string(i));
  push(r, "bucket/dataset", dir / "src", 1);
  install(open(r, "bucket/dataset"), dir / "dataset");
  std::filesystem::remove(dir / "src/file1.txt");
  std::filesystem::remove(dir / "src/file2.txt");
  write_file(dir / "src/file3.txt", "changed");
  push(r, "bucket/dataset", dir / "src", 2, {"removed_some_items_changed_one_item"});
  auto const pkg = open(r, "bucket/dataset:removed_some_items_changed_one_item");

  auto const differences = pkg.verify((dir / "dataset").string()).value();
  REQUIRE(differences.size() == 3);
  CHECK(differences[0].key == "file1.txt");
  CHECK(differences[0].kind == tree_difference_kind::extra);
  CHECK(differences[2].key == "file3.txt");
  CHECK(differences[2].kind == tree_difference_kind::size);

  auto const download = install(pkg, dir / "dataset");
  CHECK(download.replaced == std::vector<std::string>{"file3.txt"});
  CHECK(download.bytes_transferred == 7);
  CHECK(download.unchanged == 6);
  CHECK(pkg.verify((dir / "dataset").string()).value().size() == 2);
  CHECK(install(pkg, dir / "dataset", true).removed == std::vector<std::string>{"file1.txt", "file2.txt"});
  CHECK(pkg.verify((dir / "dataset").string()).value().empty());
}

TEST_CASE("use case: improve a dataset by correcting a label, no bytes move") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "src/labelled/1.jpg", "image");
  push(r, "bucket/dataset", dir / "src", 1, {"master"});
  package_builder b{open(r, "bucket/dataset:master")};
  REQUIRE(ok(b.set_meta("labelled/1.jpg", label("dog"))));
  CHECK(b.push_data(r).value().files_copied == 0);
  auto const pkg = b.push_manifest(r, {{"master"}, "label corrected", false, second(2)}).value();
  CHECK(*pkg.metadata("labelled/1.jpg").value().find("label")->as_string() == "dog");
  // The next push of the directory keeps it.
  write_file(dir / "src/labelled/2.jpg", "another");
  push(r, "bucket/dataset", dir / "src", 3);
  CHECK(*open(r, "bucket/dataset").metadata("labelled/1.jpg").value().find("label")->as_string() == "dog");
}

TEST_CASE("use case: store an entire workspace") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "work");
  write_file(dir / "work/model/weights.bin", std::string(100'000, 'w'));
  package_builder b{name("bucket/temp")};
  CHECK(b.add_directory("", (dir / "work").string()).value() == 7);
  push_data_options where;
  where.prefix = "armand/temp/2019-10-31/";
  b.push_data(r, where).value();
  auto const pkg = b.push_manifest(r, {{"2019-10-31"}, {}, false, second(1)}).value();
  CHECK(read_file(dir / "reg/armand/temp/2019-10-31/README.md") == "# Dataset\n");
  CHECK(pkg.verify((dir / "work").string()).value().empty());
}

TEST_CASE("use case: a sample of another dataset, without its bytes") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "src");
  push(r, "bucket/dataset", dir / "src", 1);
  auto const pkg = open(r, "bucket/dataset");
  package_builder b{name("bucket/small")};
  for (auto const& e : sample(pkg.manifest().below("train2017"), 2, 42)) REQUIRE(ok(b.set_entry(e)));
  CHECK(b.push_data(r).value().files_copied == 0);
  auto const small = b.push_manifest(r, {{}, {}, false, second(2)}).value();
  CHECK(small.manifest().entries().size() == 2);
  waybill_test::check_whole(r);
}

TEST_CASE("use case: a draft on the command line, from init to the next version") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  dataset(dir / "w");
  auto const w = std::filesystem::canonical(dir / "w").string();
  auto const space = workspace::at(w).value();
  REQUIRE(ok(space.save_draft(package_builder{name("bucket/dataset")})));
  auto step = [&](auto&& change) {
    auto draft = space.load_draft().value().value();
    change(draft);
    REQUIRE(ok(space.save_draft(draft)));
  };
  step([&](package_builder& b) { b.add_directory("train2017/", w + "/train2017").value(); });
  step([&](package_builder& b) { b.build().value(); });
  auto const hash = space.load_draft().value()->top_hash();
  REQUIRE(hash);
  step([&](package_builder& b) {
    push_data_options where;
    where.prefix = "data/dataset/v0/";
    where.local_files_only = true;
    CHECK(b.push_data(r, where).value().files_copied == 5);
  });
  CHECK(space.load_draft().value()->top_hash() == hash);
  step([&](package_builder& b) { b.push_manifest(r, {{"v0"}, {}, false, second(1)}).value(); });
  CHECK(open(r, "bucket/dataset:v0").top_hash() == *hash);
  write_file(dir / "replacement/1.jpg", "another image");
  step([&](package_builder& b) { REQUIRE(ok(b.set_file("train2017/1.jpg", (dir / "replacement/1.jpg").string()))); });
  CHECK_FALSE(space.load_draft().value()->top_hash());
  step([&](package_builder& b) {
    auto const e = failure(b.push_manifest(r, {{"v0"}, {}, false, second(2)}));
    CHECK(e.code == errc::local_pointers);
    CHECK_THAT(e.detail, contains("push-data") && contains("--allow-local-files"));
    CHECK(b.push_data(r).value().files_copied == 1);
    b.push_manifest(r, {{}, {}, false, second(3)}).value();
  });
  CHECK(open(r, "bucket/dataset").read("train2017/1.jpg").value() == "another image");
  CHECK(open(r, "bucket/dataset:v0").read("train2017/1.jpg").value() == "image 1");
}
