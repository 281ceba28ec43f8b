#include <waybill/scan/directory_cursor.hpp>

#include <waybill/scan/beneath.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;
namespace fs = std::filesystem;

namespace {

struct rooted {
  waybill_test::temporary_directory dir;
  detail::beneath_resolver resolver{file_descriptor{::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)},
                                    dir.path().string()};
};

bool stands_for(int fd, fs::path const& path) {
  struct stat a{}, b{};
  return ::fstat(fd, &a) == 0 && ::stat(path.c_str(), &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

}  // namespace

TEST_CASE("a cursor gives the directory of the key that is asked for") {
  rooted in;
  fs::create_directories(in.dir / "a/b");
  fs::create_directories(in.dir / "c");
  detail::directory_cursor at{in.resolver};
  CHECK(stands_for(*at.parent("x", false).value(), in.dir.path()));
  CHECK(stands_for(*at.parent("a/b/x", false).value(), in.dir / "a/b"));
  CHECK(stands_for(*at.parent("a/b/y", false).value(), in.dir / "a/b"));
  CHECK(stands_for(*at.parent("c/y", false).value(), in.dir / "c"));
  CHECK(stands_for(*at.parent("a/x", false).value(), in.dir / "a"));
}

TEST_CASE("a cursor makes a directory only where that is asked for") {
  rooted in;
  detail::directory_cursor at{in.resolver};
  CHECK_FALSE(at.parent("a/b/x", false).value());
  CHECK_FALSE(at.parent("a/b/y", false).value());
  CHECK_FALSE(fs::exists(in.dir / "a"));
  REQUIRE(at.parent("a/b/z", true).value());
  CHECK(stands_for(*at.parent("a/b/z", false).value(), in.dir / "a/b"));
}

TEST_CASE("a cursor refuses what no key is and what stands in the way, also where it knows the directory") {
  rooted in;
  fs::create_directories(in.dir / "a");
  fs::create_directory_symlink(in.dir / "a", in.dir / "link");
  detail::directory_cursor at{in.resolver};
  REQUIRE(at.parent("a/x", false).value());
  for (auto const* key : {"a/..", "a/.", "a/", "", "a//x"}) {
    INFO(key);
    CHECK(code_of(at.parent(key, true)) == "unsafe_key");
  }
  CHECK(code_of(at.parent("link/x", false)) == "unsafe_path");
  CHECK(code_of(at.parent("link/x", true)) == "unsafe_path");
  CHECK(stands_for(*at.parent("a/x", false).value(), in.dir / "a"));
}

TEST_CASE("files get their names although their directory was removed since the cursor found it") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  auto at = root.start();
  REQUIRE(root.create().value().commit("d/first", durability::batch, at).has_value());
  fs::remove_all(dir / "d");
  REQUIRE(root.create().value().commit("d/second", durability::batch, at).has_value());
  CHECK(fs::exists(dir / "d/second"));
  fs::remove_all(dir / "d");
  waybill_test::write_file(dir / "file", "f");
  auto const file = open_for_reading((dir / "file").string()).value();
  REQUIRE(root.link_open(file.get(), "d/third", durability::batch, at).has_value());
  CHECK(fs::exists(dir / "d/third"));
}

TEST_CASE("the state by a cursor is the state by key") {
  waybill_test::temporary_directory const dir;
  auto const root = root_directory::open(dir.path().string(), false).value();
  waybill_test::write_file(dir / "d/a", "12345");
  fs::create_symlink("a", dir / "d/link");
  auto at = root.start();
  CHECK(root.state("d/a", at).value() == root.state("d/a").value());
  CHECK_FALSE(root.state("d/b", at).value());
  CHECK_FALSE(root.state("none/b", at).value());
  CHECK(code_of(root.state("d/link", at)) == "unsafe_path");
  CHECK(code_of(root.state("d", at)) == "unsafe_path");
}
