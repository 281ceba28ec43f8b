#include <waybill/scan/listing.hpp>

#include <waybill/core/logical_key.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

TEST_CASE("a listing numbers files directory by directory and sorts names byte-wise") {
  waybill_test::temporary_directory const dir;
  for (char const* name : {"b", "a/x", "a-b", "a/y", "\xc3\xa9", "Z"}) waybill_test::write_file(dir / name, "");
  fs::create_directories(dir / "empty/er");
  auto const listing = detail::list_tree(dir.path().string(), {}, {.workers = 2});
  REQUIRE(listing);
  CHECK(listing->root == fs::canonical(dir.path()).string());
  CHECK(listing->files == 6);
  REQUIRE(listing->directories.size() == 4);
  auto const& root = listing->directories[0];
  std::string names;
  for (auto const& c : root.children) names += std::string{root.name_of(c)} + "|";
  CHECK(names == "Z|a|a-b|b|empty|\xc3\xa9|");
  CHECK(root.files == 4);
  auto const& a = listing->directories[root.children[1].index];
  CHECK(a.path == "a");
  CHECK(a.first_file == 4);
  CHECK(a.name_of(a.children[1]) == "y");
  CHECK(a.name_of(a.children[1]).data()[1] == '\0');
  CHECK(listing->path_of(a, "x") == listing->root + "/a/x");
}

TEST_CASE("the root of the file system is a root like any other") {
  detail::tree_listing const listing{"/", {}, {}, 0};
  CHECK(listing.path_of("") == "/");
  CHECK(listing.path_of("etc") == "/etc");
  CHECK(listing.path_of(detail::listed_directory{}, "f") == "/f");
}

TEST_CASE("links and top-level names are left out where that is asked for") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "keep/skipped", "");
  waybill_test::write_file(dir / "skipped/f", "");
  fs::create_symlink("keep", dir / "link");
  std::vector<std::string> const skip{"skipped"};
  auto const listing = detail::list_tree(dir.path().string(), {skip, true}, {});
  REQUIRE(listing);
  CHECK(listing->directories.front().children.size() == 1);
  CHECK(listing->files == 1);
}

TEST_CASE("names that are not UTF-8 are refused where files bear them") {
  waybill_test::temporary_directory const dir;
  fs::create_directories(dir / "empty\xff");
  CHECK(detail::list_tree(dir.path().string(), {}, {}));
  SECTION("a file") {
    waybill_test::write_file(dir / "sub/a\xff", "");
    auto const r = detail::list_tree(dir.path().string(), {}, {});
    CHECK(r.error().code == errc::malformed_key);
    CHECK_THAT(r.error().path, waybill_test::contains("sub/a\\xff"));
  }
  SECTION("a file below such a directory") {
    waybill_test::write_file(dir / "empty\xff/deep/f", "");
    CHECK(detail::list_tree(dir.path().string(), {}, {}).error().code == errc::malformed_key);
  }
  SECTION("halves of a character in two names do not make it whole") {
    waybill_test::write_file(dir / "a\xc3", "");
    waybill_test::write_file(dir / "\xa9", "");
    CHECK(detail::list_tree(dir.path().string(), {}, {}).error().code == errc::malformed_key);
  }
  SECTION("but not where a rule leaves them out") {
    waybill_test::write_file(dir / "a\xff", "");
    waybill_test::write_file(dir / ".quiltignore", "a*\n");
    CHECK(detail::list_tree(dir.path().string(), {}, {}));
  }
}
