#include <waybill/driver/dagster/volume.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace fs = std::filesystem;
using strings = std::vector<std::string>;

strings datasets(dagster::volume_listing const& v) {
  strings out;
  for (auto const& leaf : v.leaves) out.push_back(leaf.path);
  return out;
}

strings problems(dagster::volume_listing const& v) {
  strings out;
  for (auto const& p : v.problems) out.push_back(std::string{name_of(p.kind)} + " " + p.path);
  return out;
}

TEST_CASE("Directories without sub-directories are datasets whatever their depth", "[dagster]") {
  temporary_directory const v;
  write_file(v / "cat/b/f", "12");
  write_file(v / "cat/a/f", "1");
  write_file(v / "cat/a/g", "345");
  write_file(v / "cat/deep/er/x", "");
  write_file(v / "single/f", "");
  auto const found = dagster::list_volume(v.path().string()).value();
  CHECK(datasets(found) == strings{"cat/a", "cat/b", "cat/deep/er", "single"});
  CHECK(found.problems.empty());
  CHECK(found.leaves[0].files == 2);
  CHECK(found.leaves[0].bytes == 4);
  CHECK(found.root == fs::canonical(v.path()));
}

TEST_CASE("What is part of no dataset is listed with its reason", "[dagster]") {
  temporary_directory const v;
  write_file(v / "top", "");
  write_file(v / "cat/beside", "");
  write_file(v / "cat/too", "");
  write_file(v / "cat/a/f", "");
  fs::create_directories(v / "cat/empty");
  fs::create_symlink("/etc", v / "cat/etc");
  fs::create_symlink("/etc/hostname", v / "cat/a/out");
  fs::create_symlink("nowhere", v / "cat/a/broken");
  fs::create_symlink("f", v / "cat/a/in");
  REQUIRE(::mkfifo((v / "cat/a/pipe").c_str(), 0600) == 0);
  write_file(v / "cat/b/\xff", "");
  fs::create_directories(v / "cat/\xfe");
  auto const found = dagster::list_volume(v.path().string()).value();
  CHECK(datasets(found) == strings{"cat/a"});
  CHECK(found.leaves[0].files == 2);
  auto sorted = problems(found);
  std::ranges::sort(sorted);
  CHECK(sorted == strings{"broken_link cat/a/broken", "directory_link cat/etc", "empty cat/empty", "escape cat/a/out",
                          "files_beside_directories .", "files_beside_directories cat", "not_a_file cat/a/pipe",
                          "not_utf8 cat/\\xfe", "not_utf8 cat/b/\\xff"});
  CHECK(found.problems.front().path == ".");
  CHECK(found.problems.front().detail.starts_with("1 file stands at the top"));
}

TEST_CASE("Version control and the kit's own directories are no part of a volume", "[dagster]") {
  temporary_directory const v;
  for (char const* own : {".git/x", ".waybill/config.json", "cat/a/.git/HEAD", "cat/a/.waybill/installed"})
    write_file(v / own, "");
  write_file(v / "cat/a/.hidden", "");
  auto const found = dagster::list_volume(v.path().string()).value();
  CHECK(datasets(found) == strings{"cat/a"});
  CHECK(found.leaves[0].files == 1);
  CHECK(found.problems.empty());
}

TEST_CASE("A fingerprint stays while nothing changes and no longer", "[dagster]") {
  temporary_directory const v;
  write_file(v / "cat/a/f", "1");
  auto const look = [&] { return dagster::list_volume(v.path().string()).value().leaves.at(0); };
  auto const before = look();
  CHECK(look().fingerprint == before.fingerprint);
  fs::rename(v / "cat/a/f", v / "cat/a/g");
  auto const renamed = look();
  CHECK(renamed.fingerprint != before.fingerprint);
  CHECK(renamed.changed_ns >= before.changed_ns);
  fs::last_write_time(v / "cat/a/g", fs::last_write_time(v / "cat/a/g") + std::chrono::hours{1});
  auto const touched = look();
  CHECK(touched.fingerprint != renamed.fingerprint);
  CHECK(touched.changed_ns > renamed.changed_ns + 3'000'000'000'000);
  fs::create_symlink("g", v / "cat/a/h");
  auto const linked = look();
  CHECK(linked.fingerprint != touched.fingerprint);
  write_file(v / "cat/a/g", "2");
  CHECK(look().fingerprint != linked.fingerprint);
}

TEST_CASE("A volume that is not there is an error and an empty one is none", "[dagster]") {
  temporary_directory const v;
  CHECK(code_of(dagster::list_volume((v / "none").string())) == "file_not_found");
  write_file(v / "file", "");
  CHECK_FALSE(dagster::list_volume((v / "file").string()));
  fs::create_directories(v / "empty");
  auto const found = dagster::list_volume((v / "empty").string()).value();
  CHECK(found.leaves.empty());
  CHECK(found.problems.empty());
}

TEST_CASE("Many directories are looked at by all workers", "[dagster]") {
  temporary_directory const v;
  for (int i = 0; i < 300; ++i) write_file(v / ("c" + std::to_string(i % 7) + "/d" + std::to_string(i) + "/f"), "x");
  auto const one = dagster::list_volume(v.path().string(), {.workers = 1}).value();
  auto const many = dagster::list_volume(v.path().string(), {.workers = 8}).value();
  CHECK(datasets(one).size() == 300);
  CHECK(datasets(one) == datasets(many));
  std::stop_source stopped;
  stopped.request_stop();
  CHECK(code_of(dagster::list_volume(v.path().string(), {.stop = stopped.get_token()})) == "interrupted");
}

}  // namespace
