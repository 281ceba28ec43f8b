#include <waybill/scan/materialise.hpp>

#include <filesystem>
#include <string>

#include "installing.hpp"
#include "samples.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::names;
using waybill_test::placed;
using waybill_test::small_dataset;
using waybill_test::snapshot;
using waybill_test::syncing;
using waybill_test::tree;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

TEST_CASE("sync removes what the manifest does not name, and only that") {
  waybill_test::temporary_directory const dir, outside;
  write_file(outside / "keep/x", "x");
  write_file(dir / ".quiltignore", "*.tmp\n");
  for (auto const* key : {"extra", "C:x", "gone/deep/x", "d/more", "scratch.tmp", "d/scratch.tmp", ".waybill/state",
                          ".git/config", "sub/.git/x"})
    write_file(dir / key, "x");
  fs::create_directory_symlink(outside / "keep", dir / "lnk");
  fs::create_symlink(outside / "keep/x", dir / "file-link");
  auto wanted = small_dataset;
  wanted.emplace(".quiltignore", "*.tmp\n");
  dataset_provider contents{wanted};
  auto const report = install(entries_of(wanted), dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->removed == names{"C:x", "d/more", "extra", "file-link", "gone/deep/x"});
  auto expected = tree_of(wanted);
  for (auto const* key : {"scratch.tmp", "d/scratch.tmp", ".waybill/state", ".git/config", "sub/.git/x"})
    expected[key] = "x";
  expected["lnk"] = "-> " + (outside / "keep").string();
  CHECK(placed(dir.path()) == expected);
  CHECK(snapshot(outside.path()) == tree{{"keep/x", "x"}});
}

TEST_CASE("sync turns files into directories and directories into files") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a", "was a file");
  write_file(dir / "b/x/1", "was a directory");
  write_file(dir / "b/2", "was a directory");
  fs::create_directories(dir / "c/empty/deep");
  files const next{{"a/x", "1"}, {"b", "2"}, {"c", "3"}};
  dataset_provider contents{next};
  CHECK(code_of(install(entries_of(next), dir.path(), contents)) == "unsafe_path");  // install keeps its hands off
  auto const before = snapshot(dir.path());
  auto plan = syncing();
  plan.dry_run = true;
  auto const planned = install(entries_of(next), dir.path(), contents, plan);
  REQUIRE(code_of(planned) == "ok");
  CHECK(planned->removed == names{"a", "b/2", "b/x/1"});
  CHECK(snapshot(dir.path()) == before);
  auto const report = install(entries_of(next), dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->removed == names{"a", "b/2", "b/x/1"});
  CHECK(report->added == names{"a/x", "b", "c"});
  CHECK(placed(dir.path()) == tree_of(next));
}

TEST_CASE("sync refuses to make way where more than extra files stands") {
  waybill_test::temporary_directory const dir;
  write_file(dir / ".quiltignore", "*.tmp\n");
  write_file(dir / "b/w", "extra");
  write_file(dir / "b/scratch.tmp", "ignored");
  write_file(dir / "b/x", "extra");
  write_file(dir / "c/.git/config", "protected");
  auto const before = snapshot(dir.path());
  for (std::string const key : {"b", "c"}) {
    files const next{{".quiltignore", "*.tmp\n"}, {key, "2"}};
    dataset_provider contents{next};
    auto plan = syncing();
    plan.dry_run = true;
    CHECK(code_of(install(entries_of(next), dir.path(), contents, plan)) == "unsafe_path");
    CHECK(code_of(install(entries_of(next), dir.path(), contents, syncing())) == "unsafe_path");
    CHECK(snapshot(dir.path()) == before);
  }
}

TEST_CASE("an empty directory makes way for sync only") {
  waybill_test::temporary_directory const dir;
  fs::create_directories(dir / "c/empty/deep");
  files const next{{"c", "3"}};
  dataset_provider contents{next};
  CHECK(code_of(install(entries_of(next), dir.path(), contents)) == "unsafe_path");
  CHECK(fs::is_directory(dir / "c/empty/deep"));
  CHECK(code_of(install(entries_of(next), dir.path(), contents, syncing())) == "ok");
  CHECK(placed(dir.path()) == tree_of(next));
}

TEST_CASE("a failing sync has removed nothing that was not in the way") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "extra", "mine");
  dataset_provider contents{{}};
  CHECK(code_of(install(entries_of(small_dataset), dir.path(), contents, syncing())) == "object_not_found");
  CHECK(placed(dir.path()) == tree{{"extra", "mine"}});
}

TEST_CASE("sync says which file it may not remove") {
  waybill_test::temporary_directory const dir;
  fs::permissions(dir.path(), fs::perms{0755});
  write_file(dir / "kept/extra", "mine");
  fs::permissions(dir / "kept", fs::perms{0555});
  dataset_provider contents{{}};
  {
    waybill_test::without_privileges const now;
    if (!now.ok()) WAYBILL_SKIP("root's rights cannot be given up here");
    auto const r = install({}, dir.path(), contents, syncing());
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code == condition::denied);
    CHECK_THAT(r.error().path, waybill_test::contains("kept/extra"));
  }
  fs::permissions(dir / "kept", fs::perms{0755});
}
