#include <waybill/registry/checkout.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::check_whole;
using waybill_test::contains;
using waybill_test::directory_registry;
using waybill_test::failure;
using waybill_test::keys;
using waybill_test::name;
using waybill_test::ok;
using waybill_test::open;
using waybill_test::push;
using waybill_test::second;
using waybill_test::temporary_directory;
using waybill_test::write_file;

namespace {

materialise_report install(package const& p, std::filesystem::path const& directory,
                           std::vector<std::string> globs = {}) {
  registry_contents contents{p.source(), default_policy(p.source())};
  return install_package(p, directory.string(), key_filter{std::move(globs)}, std::nullopt, contents, {}).value();
}

}  // namespace

TEST_CASE("a directory's whole state becomes the next version, deletions included") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/keep", "keep");
  write_file(dir / "d/change", "before");
  write_file(dir / "d/drop", "drop");
  auto first = push(r, "ns/data", dir / "d", 1);
  CHECK(first.new_version);
  CHECK_FALSE(first.before);
  CHECK(first.data.files_copied == 3);
  std::filesystem::remove(dir / "d/drop");
  write_file(dir / "d/change", "after");
  write_file(dir / "d/new", "new");
  auto const next = push(r, "ns/data", dir / "d", 2, {"v2"});
  CHECK(next.new_version);
  CHECK(*next.before == first.pushed);
  CHECK(next.data.files_copied == 2);
  CHECK(next.data.files_skipped == 1);
  CHECK(next.data.bytes_skipped == 4);
  CHECK(keys(open(r, "ns/data:v2").manifest()) == std::vector<std::string>{"change", "keep", "new"});
  CHECK(open(r, "ns/data@" + first.pushed.top_hash().hex()).read("change").value() == "before");
  check_whole(r);
}

TEST_CASE("metadata stays with entries, directories and package, that of what is gone goes") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a/1", "1");
  write_file(dir / "d/b/2", "2");
  package_builder b{name("ns/data")};
  b.add_directory("", (dir / "d").string()).value();
  REQUIRE(ok(b.set_meta(".", json::object{{"of", "package"}})));
  REQUIRE(ok(b.set_meta("a/1", json::object{{"of", "entry"}})));
  REQUIRE(ok(b.set_meta("a/", json::object{{"of", "a"}})));
  REQUIRE(ok(b.set_meta("b/", json::object{{"of", "b"}})));
  b.set_message("first");
  b.push_data(r).value();
  b.push_manifest(r, {{}, {}, false, second(1)}).value();

  std::filesystem::remove_all(dir / "d/b");
  write_file(dir / "d/a/1", "changed");
  auto const report = push(r, "ns/data", dir / "d", 2);
  auto const& m = report.pushed;
  CHECK(*user_meta(*m.find("a/1"))->find("of")->as_string() == "entry");
  CHECK(*m.header().user_meta()->find("of")->as_string() == "package");
  CHECK(m.directory("a") != nullptr);
  CHECK(m.directory("b") == nullptr);
  CHECK_FALSE(m.header().message());
}

TEST_CASE("an unchanged directory makes no new version, whatever the message, but its tags are set") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  auto const first = push(r, "ns/data", dir / "d", 1);
  push_directory_options options;
  options.message = "something else";
  options.tags = {"v1"};
  options.now = second(2);
  auto const again = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK_FALSE(again.new_version);
  CHECK(again.pushed == first.pushed);
  CHECK(again.data.files_skipped == 1);
  CHECK(r.versions(name("ns/data")).value().size() == 1);
  CHECK(open(r, "ns/data:v1").manifest() == first.pushed);
  options.tags = {"../x"};
  CHECK(failure(push_directory(r, name("ns/data"), (dir / "d").string(), options)).code == errc::usage);
}

TEST_CASE("a dry run says what would move and moves nothing") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  push_directory_options options;
  options.dry_run = true;
  options.now = second(1);
  auto const plan = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK(plan.new_version);
  CHECK(plan.data.files_copied == 1);
  CHECK(r.list().value().empty());
  CHECK(std::filesystem::is_empty(dir / "reg"));
  auto const real = push(r, "ns/data", dir / "d", 1);
  CHECK(real.pushed == plan.pushed);
}

TEST_CASE("files of an older version in another form of hash keep it while they do not change") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  write_file(dir / "d/b", "b");
  std::vector<entry> old;
  for (std::string const key : {"a", "b"})
    old.push_back({logical_key::parse(key).value(),
                   1,
                   {hash_bytes<sha256_hasher>(as_bytes(key))},
                   nullptr,
                   {physical_key::file((dir / "d" / key).string())},
                   json::object{}});
  auto const base = manifest::create({}, old).value();
  CHECK(manifest_of_directory((dir / "d").string(), &base).value().manifest == base);
  write_file(dir / "d/b", "B");
  write_file(dir / "d/c", "C");
  auto const now = manifest_of_directory((dir / "d").string(), &base).value().manifest;
  CHECK(now.find("a")->digests == base.find("a")->digests);
  CHECK(now.find("b")->digests.strongest()->kind() == algorithms::sha2_256_chunked);
  CHECK(now.find("b")->digests.size() == 1);
  CHECK(now.find("c")->digests.strongest()->kind() == algorithms::sha2_256_chunked);
  CHECK(now.find("c")->digests.size() == 1);
}

TEST_CASE("what was pushed with a prefix stays there while it does not change") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  write_file(dir / "d/b", "b");
  push_directory_options options;
  options.prefix = "data/v0";
  options.now = second(1);
  auto const first = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK(first.pushed.find("a")->places.front() == r.store().url("data/v0/a"));
  write_file(dir / "d/b", "B");
  options.prefix = "data/v1";
  auto const next = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK(next.pushed.find("a")->places == std::vector{r.store().url("data/v0/a")});
  CHECK(next.pushed.find("b")->places == std::vector{r.store().url("data/v1/b")});
  options.prefix.reset();
  write_file(dir / "d/b", "b again");
  auto const third = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK(r.load(third.pushed.top_hash().hex()).value().find("a")->places == std::vector{r.store().url("data/v0/a")});
  check_whole(r);
}

TEST_CASE("an installation is recorded, complete or in part") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a/1", "1");
  write_file(dir / "d/b/2", "2");
  auto const pushed = push(r, "ns/data", dir / "d", 1).pushed;
  auto const p = open(r, "ns/data");
  CHECK(install(p, dir / "out").added.size() == 2);
  auto const recorded = workspace::at((dir / "out").string()).value().load_installed().value();
  REQUIRE(recorded);
  CHECK(recorded->manifest == pushed);
  CHECK(recorded->registry == r.location());
  CHECK(manifest_of_directory((dir / "out").string(), &recorded->manifest).value().manifest == pushed);

  CHECK(install(p, dir / "part", {"a/**"}).added == std::vector<std::string>{"a/1"});
  CHECK(workspace::at((dir / "part").string()).value().load_installed().value()->manifest == pushed);
  CHECK(p.verify((dir / "part").string()).value().front().kind == tree_difference_kind::missing);
  registry_contents contents{r, {}};
  CHECK(failure(install_package(p, (dir / "none").string(), key_filter{{"z"}}, {}, contents, {})).code ==
        errc::key_not_found);
  materialise_options sync;
  sync.delete_extra = true;
  CHECK(failure(install_package(p, (dir / "part").string(), key_filter{{"a/**"}}, {}, contents, sync)).code ==
        errc::usage);
}

TEST_CASE("a dry run of an unchanged directory sets no tag") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  push(r, "ns/data", dir / "d", 1);
  push_directory_options options;
  options.tags = {"v1"};
  options.dry_run = true;
  auto const plan = push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  CHECK_FALSE(plan.new_version);
  CHECK(plan.data.bytes_skipped == 1);
  CHECK(r.tags(name("ns/data")).value().empty());
}

TEST_CASE("a push has the message and the time it was given") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  push_directory_options options;
  options.message = "hello";
  options.now = second(77);
  push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  auto const rows = r.versions(name("ns/data")).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].message == "hello");
  CHECK(rows[0].created == second(77));
}

TEST_CASE("a version that was pushed before and is latest again is no new one") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  auto const first = push(r, "ns/data", dir / "d", 1).pushed;
  write_file(dir / "d/a", "b");
  push(r, "ns/data", dir / "d", 2);
  write_file(dir / "d/a", "a");
  auto const back = push(r, "ns/data", dir / "d", 3);
  CHECK(back.new_version);
  CHECK(back.pushed.top_hash() == first.top_hash());
  CHECK(r.versions(name("ns/data")).value().size() == 2);
  CHECK(open(r, "ns/data").read("a").value() == "a");
}

TEST_CASE("a file that changed does not keep the place of its old bytes") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "before");
  auto const old = push(r, "ns/data", dir / "d", 1).pushed.find("a")->places;
  write_file(dir / "d/a", "behind");
  auto const now = push(r, "ns/data", dir / "d", 2).pushed;
  CHECK(now.find("a")->places != old);
  CHECK(open(r, "ns/data").read("a").value() == "behind");
}

TEST_CASE("only an installation that succeeded is recorded, with the tag it was asked by") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  push(r, "ns/data", dir / "d", 1, {"v1"});
  auto const p = open(r, "ns/data:v1");
  registry_contents contents{r, {}};
  auto const recorded = [&](std::string const& where) {
    return workspace::at((dir / where).string()).value().load_installed().value();
  };
  materialise_options plan;
  plan.dry_run = true;
  std::filesystem::create_directories(dir / "planned");
  REQUIRE(ok(install_package(p, (dir / "planned").string(), {}, "v1", contents, plan)));
  CHECK_FALSE(recorded("planned"));
  REQUIRE(ok(install_package(p, (dir / "out").string(), {}, "v1", contents, {})));
  CHECK(recorded("out")->tag == "v1");

  std::filesystem::remove_all(dir / "reg/.waybill/objects");
  std::filesystem::create_directories(dir / "failed");
  CHECK(failure(install_package(p, (dir / "failed").string(), {}, "v1", contents, {})).code == condition::not_found);
  CHECK_FALSE(recorded("failed"));
}

TEST_CASE("a push leaves out links that lead out of the directory where it is told to") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "outside", "secret");
  write_file(dir / "d/file", "x");
  std::filesystem::create_symlink("file", dir / "d/in");
  std::filesystem::create_symlink("../outside", dir / "d/out");
  push_directory_options options;
  options.symlinks = symlink_policy::inside_or_skip;
  auto const pushed = push_directory(r, name("ns/data"), (dir / "d").string(), options).value().pushed;
  CHECK(keys(pushed) == std::vector<std::string>{"file", "in"});
}
