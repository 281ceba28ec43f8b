/// Versions stay whole when a registry is moved, when a push is killed, and when something was damaged.

#include <waybill/registry/checkout.hpp>

#include <waybill/registry/layout.hpp>
#include <waybill/registry/pointer.hpp>

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

TEST_CASE("a damaged latest version is said, and not taken for a first push") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  auto const first = push(r, "ns/data", dir / "d", 1).pushed;
  auto const pointer = GENERATE(true, false);
  auto const key = pointer ? layout::latest_key(name("ns/data")) : layout::manifest_key(first.top_hash().hex());
  memory_content const damaged{std::string_view{"damaged"}};
  r.store().put(key, damaged).value();
  write_file(dir / "d/b", "b");
  push_directory_options options;
  options.now = second(2);
  auto const e = failure(push_directory(r, name("ns/data"), (dir / "d").string(), options));
  CHECK(e.code == (pointer ? errc::corrupt_state : errc::malformed_json));
  CHECK(list_pushes(r.store(), name("ns/data")).value().size() == 1);
}

TEST_CASE("bytes that the registry lost come back with the next push of the directory") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  auto const first = push(r, "ns/data", dir / "d", 1).pushed;
  std::filesystem::remove_all(dir / "reg/.waybill/objects");
  write_file(dir / "d/b", "b");
  CHECK(push(r, "ns/data", dir / "d", 2).data.files_copied == 2);
  CHECK(open(r, "ns/data@" + first.top_hash().hex()).read("a").value() == "a");
  check_whole(r);
}

TEST_CASE("a place outside the registry is not believed when the directory has the file itself") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "old/a", "a");
  package_builder b{name("ns/data")};
  b.add_directory("", (dir / "old").string()).value();
  b.push_manifest(r, {{}, {}, true, second(1)}).value();
  write_file(dir / "d/a", "a");
  write_file(dir / "d/b", "b");
  write_file(dir / "old/a", "changed since");
  push(r, "ns/data", dir / "d", 2);
  check_whole(r);
}

TEST_CASE("a push with a bad tag stores nothing") {
  temporary_directory dir;
  auto r = directory_registry(dir / "reg");
  write_file(dir / "d/a", "a");
  push_directory_options options;
  options.tags = {"v1", "../x"};
  CHECK(failure(push_directory(r, name("ns/data"), (dir / "d").string(), options)).code == errc::usage);
  CHECK(std::filesystem::is_empty(dir / "reg"));
}
