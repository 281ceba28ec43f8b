#include <waybill/scan/tree.hpp>

#include <sys/stat.h>

#include <filesystem>

#include "trees.hpp"

using namespace waybill;
using waybill_test::lines;
namespace fs = std::filesystem;

TEST_CASE("a second scan with a cache opens no file, and a changed one is read again") {
  waybill_test::temporary_directory const dir;
  auto const cache_file = (dir / "cache").string();
  for (int i = 0; i < 50; ++i) waybill_test::write_file(dir / ("tree/d/f" + std::to_string(i)), std::to_string(i));
  waybill_test::write_file(dir / "tree/d/e/g", "g");
  fs::create_symlink("d/f0", dir / "tree/link");
  auto const root = (dir / "tree").string();
  auto const first = scan_tree(root);
  REQUIRE(first);
  // As if the scan were made a while after the files were.
  auto const later = waybill_test::now_ns() + 60'000'000'000;
  REQUIRE(save_stat_cache(*first, cache_file, later));
  auto const cache = stat_cache::load(cache_file, first->root(), first->algorithms());
  CHECK(cache.size() == 52);

  auto const again = scan_tree(root, {.cache = &cache});
  REQUIRE(again);
  CHECK(again->files_read() == 0);
  CHECK(again->bytes_read() == 0);
  CHECK(again->total_size() == first->total_size());
  CHECK(lines(*again) == lines(*first));

  // Same size, mtime put back: only the ctime tells.
  struct stat before{};
  ::stat((dir / "tree/d/f7").c_str(), &before);
  waybill_test::write_file(dir / "tree/d/f7", "X");
  waybill_test::set_mtime(dir / "tree/d/f7", before.st_mtim.tv_sec, before.st_mtim.tv_nsec);
  struct stat after{};
  ::stat((dir / "tree/d/f7").c_str(), &after);
  REQUIRE(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
  auto const changed = scan_tree(root, {.cache = &cache});
  REQUIRE(changed);
  CHECK(changed->files_read() == 1);
  CHECK(lines(*changed) != lines(*first));
  CHECK(lines(*changed) == lines(*scan_tree(root)));
}

TEST_CASE("a scan with a cache needs no right to read what did not change") {
  waybill_test::temporary_directory const dir;
  fs::permissions(dir.path(), fs::perms{0755});
  waybill_test::write_file(dir / "tree/f", "x");
  fs::permissions(dir / "tree/f", fs::perms::none);
  auto const first = scan_tree((dir / "tree").string());
  if (!first) WAYBILL_SKIP("needs root for the first scan");
  REQUIRE(save_stat_cache(*first, (dir / "cache").string(), waybill_test::now_ns() + 60'000'000'000));
  auto const cache = stat_cache::load((dir / "cache").string(), first->root(), first->algorithms());
  waybill_test::without_privileges const now;
  if (!now.ok()) WAYBILL_SKIP("root's rights cannot be given up here");
  CHECK(scan_tree((dir / "tree").string()).error().code == condition::denied);
  CHECK(scan_tree((dir / "tree").string(), {.cache = &cache}));
}

TEST_CASE("files touched just before the cache was written are read again") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "tree/f", "x");
  auto const root = (dir / "tree").string();
  auto const start = waybill_test::now_ns();
  auto const first = scan_tree(root);
  REQUIRE(save_stat_cache(*first, (dir / "cache").string(), start));
  auto const cache = stat_cache::load((dir / "cache").string(), first->root(), first->algorithms());
  CHECK(cache.size() == 1);
  CHECK(scan_tree(root, {.cache = &cache})->files_read() == 1);
}
