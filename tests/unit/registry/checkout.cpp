#include <waybill/registry/checkout.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

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
  CHECK(manifest_of_directory((dir / "d").string(), &base).value() == base);
  write_file(dir / "d/b", "B");
  auto const now = manifest_of_directory((dir / "d").string(), &base).value();
  CHECK(now.find("a")->digests == base.find("a")->digests);
  CHECK(now.find("b")->digests.strongest()->kind() == algorithms::sha2_256_chunked);
  CHECK(now.find("b")->digests.size() == 1);
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
  CHECK(manifest_of_directory((dir / "out").string(), &recorded->manifest).value() == pushed);

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

TEST_CASE("a registry directory that was moved installs, and its next version points to the new place") {
  temporary_directory dir;
  auto const prefix = GENERATE(as<std::string>{}, "", "data/v0");
  write_file(dir / "d/train/1", "one");
  write_file(dir / "d/train/2", "two");
  {
    auto r = directory_registry(dir / "old");
    push_directory_options options;
    options.now = second(1);
    if (!prefix.empty()) options.prefix = prefix;
    push_directory(r, name("ns/data"), (dir / "d").string(), options).value();
  }
  std::filesystem::create_directories(dir / "further");
  std::filesystem::rename(dir / "old", dir / "further/new");
  auto r = directory_registry(dir / "further/new");
  auto const p = open(r, "ns/data");
  REQUIRE_FALSE(r.owns(p.manifest().find("train/1")->places.front()));
  CHECK(install(p, dir / "out").added.size() == 2);
  CHECK(p.read("train/2").value() == "two");

  // A new version based on it, without the files at hand.
  package_builder b{p};
  REQUIRE(ok(b.remove("train/2")));
  CHECK(b.local_entries(r) == (prefix.empty() ? 0 : 1));
  auto const moved = b.push_data(r).value();
  CHECK(moved.files_copied == (prefix.empty() ? 0 : 1));
  auto const next = b.push_manifest(r, {{}, {}, false, second(2)}).value();
  CHECK(r.owns(next.manifest().find("train/1")->places.front()));
  CHECK(next.read("train/1").value() == "one");

  // And one from the directory that was installed.
  write_file(dir / "out/train/3", "three");
  auto const report = push(r, "ns/data", dir / "out", 3);
  for (auto const& e : report.pushed.entries()) CHECK(r.owns(e.places.front()));
  check_whole(r);
}

TEST_CASE("a push that is killed anywhere leaves every version whole, and repeating it finishes") {
  temporary_directory dir;
  for (int i = 0; i < 60; ++i)
    write_file(dir / "d/base" / std::to_string(i), waybill_test::vector_bytes(20'000, static_cast<unsigned>(i)));
  {
    auto r = directory_registry(dir / "reg");
    push(r, "ns/data", dir / "d", 1);
  }
  int killed = 0;
  for (int round = 1; round <= 20; ++round) {
    for (int i = 0; i < 30; ++i)
      write_file(dir / "d/more" / (std::to_string(round) + "-" + std::to_string(i)),
                 waybill_test::vector_bytes(30'000, static_cast<unsigned>(round * 100 + i)));
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto r = directory_store::open_path((dir / "reg").string(), false);
      push_directory_options options;
      options.now = second(round * 10);
      if (!r) ::_exit(2);
      registry to{std::move(*r), "reg"};
      ::_exit(push_directory(to, name("ns/data"), (dir / "d").string(), options) ? 0 : 1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds{1 << (round % 10 + 7)});
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    if (!WIFSIGNALED(status)) CHECK(WEXITSTATUS(status) == 0);
    auto r = directory_registry(dir / "reg");
    REQUIRE(r.resolve({name("ns/data"), {}, {}, {}, {}}).has_value());
    check_whole(r);
  }
  CHECK(killed > 0);
  auto r = directory_registry(dir / "reg");
  push(r, "ns/data", dir / "d", 1000);
  auto const p = open(r, "ns/data");
  CHECK(p.manifest().entries().size() == 60 + 20 * 30);
  CHECK(p.verify((dir / "d").string()).value().empty());
  check_whole(r);
}
