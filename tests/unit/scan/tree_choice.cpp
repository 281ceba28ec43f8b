#include <waybill/scan/tree.hpp>

#include <sys/stat.h>

#include <filesystem>

#include "trees.hpp"

using namespace waybill;
using waybill_test::keys;
using waybill_test::lines;
using waybill_test::strings;
namespace fs = std::filesystem;

TEST_CASE("pipes, sockets and empty directories are left out") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "");
  fs::create_directories(dir / "empty");
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK(keys(*scan_tree(dir.path().string())) == strings{"f"});
  fs::remove(dir / "f");
  auto const none = scan_tree(dir.path().string());
  REQUIRE(none);
  CHECK(none->file_count() == 0);
  CHECK(none->entries().empty());
}

TEST_CASE("a root that is missing, a file or a link") {
  waybill_test::temporary_directory const dir;
  CHECK(scan_tree((dir / "none").string()).error().code == errc::file_not_found);
  waybill_test::write_file(dir / "tree/f", "");
  CHECK(scan_tree((dir / "tree/f").string()).error().code == condition::not_found);
  fs::create_symlink("tree", dir / "link");
  auto const tree = scan_tree((dir / "link").string());
  REQUIRE(tree);
  CHECK(tree->root() == fs::canonical(dir / "tree").string());
}

TEST_CASE("links to files are followed, refused or left out, links to nothing and to directories are skipped") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "tree/d/f", "x");
  waybill_test::write_file(dir / "outside", "y");
  fs::create_symlink("d/f", dir / "tree/in");
  fs::create_symlink("in", dir / "tree/twice");
  fs::create_symlink("d", dir / "tree/to_directory");
  fs::create_symlink("nowhere", dir / "tree/broken");
  fs::create_symlink("loop", dir / "tree/loop");
  auto const root = (dir / "tree").string();
  auto const digest = waybill_test::chunked_text("x");
  strings const inside{"d/f " + digest + " R/d/f", "in " + digest + " R/d/f", "twice " + digest + " R/d/f"};
  CHECK(lines(*scan_tree(root)) == inside);
  CHECK(lines(*scan_tree(root, {.symlinks = symlink_policy::inside_only})) == inside);
  CHECK(keys(*scan_tree(root, {.symlinks = symlink_policy::skip})) == strings{"d/f"});
  fs::create_symlink("../outside", dir / "tree/out");
  auto const followed = lines(*scan_tree(root));
  CHECK(followed[2] == "out " + waybill_test::chunked_text("y") + " " + fs::canonical(dir / "outside").string());
  auto const refused = scan_tree(root, {.symlinks = symlink_policy::inside_only});
  CHECK(refused.error().code == errc::unsafe_path);
  CHECK_THAT(refused.error().path, waybill_test::contains("tree/out"));
  CHECK_THAT(refused.error().detail, waybill_test::contains("outside"));
  CHECK(lines(*scan_tree(root, {.symlinks = symlink_policy::inside_or_skip})) == inside);
  CHECK(keys(*scan_tree(root, {.symlinks = symlink_policy::skip})) == strings{"d/f"});
}

TEST_CASE("a .quiltignore counts at the root only, and is packaged") {
  waybill_test::temporary_directory const dir;
  for (char const* name : {"keep/a.pyc", "keep/b", "build/o", "x/.quiltignore", "x/c"})
    waybill_test::write_file(dir / name, "");
  waybill_test::write_file(dir / "x/.quiltignore", "c");
  waybill_test::write_file(dir / ".quiltignore", "*.pyc\nbuild/");
  CHECK(keys(*scan_tree(dir.path().string())) == strings{".quiltignore", "keep/b", "x/.quiltignore", "x/c"});
  waybill_test::write_file(dir / ".quiltignore", ".quiltignore");
  CHECK(keys(*scan_tree(dir.path().string())) == strings{"build/o", "keep/a.pyc", "keep/b", "x/c"});
}

TEST_CASE("a rule that matches a parent of the tree leaves nothing") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "sub/tree/d/f", "");
  waybill_test::write_file(dir / "sub/tree/.quiltignore", "sub/*");
  CHECK(scan_tree((dir / "sub/tree").string())->file_count() == 0);
}

TEST_CASE("the kit's own directory at the top never belongs to the data") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / ".waybill/config.json", "{}");
  waybill_test::write_file(dir / "d/.waybill/x", "");
  CHECK(keys(*scan_tree(dir.path().string())) == strings{"d/.waybill/x"});
}

TEST_CASE("files that may not be read end the scan with their name") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "d/secret", "x");
  fs::permissions(dir.path(), fs::perms{0755});
  auto const path = fs::canonical(dir / "d/secret").string();
  SECTION("a file") { fs::permissions(path, fs::perms::none); }
  SECTION("a directory") { fs::permissions(dir / "d", fs::perms::none); }
  {
    waybill_test::without_privileges const now;
    if (!now.ok()) WAYBILL_SKIP("root's rights cannot be given up here");
    auto const r = scan_tree(dir.path().string());
    REQUIRE_FALSE(r);
    CHECK(r.error().code == condition::denied);
    CHECK(path.starts_with(r.error().path));
    CHECK(r.error().path.ends_with("/d") == !r.error().path.ends_with("secret"));
  }
  fs::permissions(dir / "d", fs::perms{0755});
}
