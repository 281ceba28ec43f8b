/// The use cases of a data package, as users describe them: each test is one of their stories, over the public
/// interface alone.

#include <waybill/registry/checkout.hpp>

#include <string>

#include "stories.hpp"

using namespace waybill;
using waybill_test::dataset;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::install;
using waybill_test::label;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
using waybill_test::read_file;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

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
  CHECK(manifest_of_directory((dir / "dataset").string(), &installed->manifest).value().manifest.top_hash().hex() ==
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
