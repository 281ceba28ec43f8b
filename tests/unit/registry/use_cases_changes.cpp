/// Use cases that make the next version of a package.

#include <waybill/registry/checkout.hpp>

#include <concepts>
#include <string>
#include <utility>

#include "stories.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::dataset;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::keys;
using waybill_test::label;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
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

}  // namespace

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
