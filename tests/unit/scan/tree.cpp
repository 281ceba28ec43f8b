#include <waybill/scan/tree.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

namespace {

/// `key digest path` of each file, the root written as `R`.
std::vector<std::string> lines(scanned_tree const& tree) {
  std::vector<std::string> out;
  auto const r = tree.for_each([&](scanned_file const& f) -> result<void> {
    auto path = std::string{f.path};
    if (path.starts_with(tree.root() + "/")) path.replace(0, tree.root().size(), "R");
    out.push_back(std::string{f.key} + " " + (f.digests.empty() ? "-" : f.digests.strongest()->text()) + " " + path);
    return {};
  });
  CHECK(r);
  return out;
}

std::vector<std::string> keys(scanned_tree const& tree) {
  std::vector<std::string> out;
  (void)tree.for_each([&](scanned_file const& f) -> result<void> {
    out.emplace_back(f.key);
    return {};
  });
  return out;
}

using strings = std::vector<std::string>;

void create(fs::path const& root, json::value const& file) {
  auto const text = [&](char const* name) { return *file.find(name)->as_string(); };
  auto const path = root / text("path");
  fs::create_directories(path.parent_path());
  if (file.find("directory")) fs::create_directories(path);
  else if (file.find("symlink")) fs::create_symlink(text("symlink"), path);
  else if (file.find("text")) waybill_test::write_file(path, text("text"));
  else
    waybill_test::write_file(path, waybill_test::vector_bytes(std::stoull(file.find("size")->as_number()->text),
                                                              std::stoull(file.find("seed")->as_number()->text)));
}

void replace_all(std::string& text, std::string const& from, std::string const& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a scan gives the manifest lines that quilt3 wrote for the same tree") {
  auto const cases = json::parse(waybill_test::read_file(waybill_test::vectors("quilt/cases.json")));
  REQUIRE(cases);
  auto const name = GENERATE("s02_order", "s03_names", "s05_sizes", "s07_links_ignore", "s09_empty");
  auto const found =
      std::ranges::find_if(*cases->as_array(), [&](auto const& c) { return *c.find("name")->as_string() == name; });
  REQUIRE(found != cases->as_array()->end());
  waybill_test::temporary_directory const dir;
  fs::create_directories(dir / "tree");
  for (auto const& file : *found->find("files")->as_array()) create(dir / "tree", file);
  auto const tree = scan_tree((dir / "tree").string());
  REQUIRE(tree);
  std::string written;
  for (auto const& e : tree->entries()) REQUIRE(quilt::append_entry_line(written, e));
  replace_all(written, "file://" + tree->root() + "/", "file://" + *found->find("root")->as_string() + "/");
  auto const manifest =
      waybill_test::read_file(waybill_test::vectors("quilt/" + *found->find("manifest")->as_string()));
  CHECK(written == manifest.substr(manifest.find('\n') + 1));
}

TEST_CASE("a random tree of 5,000 files is scanned as a simple program would") {
  waybill_test::temporary_directory const dir;
  std::mt19937 random{20240229};
  auto const pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random); };
  std::string const alphabet{"ab-.0A _~"};
  std::vector<std::string> directories{""};
  std::map<std::string, std::string> expected;  // key -> content
  while (expected.size() < 5000) {
    std::string name;
    for (auto n = pick(4) + 1; n != 0; --n) name += alphabet[pick(alphabet.size())];
    name += std::to_string(pick(300));
    auto const key = directories[pick(directories.size())] + name;
    if (expected.contains(key) || std::ranges::find(directories, key + "/") != directories.end()) continue;
    if (pick(20) == 0) {
      fs::create_directories(dir / key);
      directories.push_back(key + "/");
    } else {
      auto& content = expected[key] =
          waybill_test::vector_bytes(pick(100) == 0 ? pick(600'000) : pick(3000), pick(256));
      waybill_test::write_file(dir / key, content);
    }
  }
  strings naive;
  for (auto const& item : fs::recursive_directory_iterator{dir.path()})
    if (item.is_regular_file()) naive.push_back(item.path().lexically_relative(dir.path()).string());
  std::ranges::sort(naive, walk_less{});
  REQUIRE(naive.size() == 5000);
  for (unsigned const workers : {1U, 2U, 7U}) {
    auto const tree = scan_tree(dir.path().string(), {}, {.workers = workers});
    REQUIRE(tree);
    CHECK(keys(*tree) == naive);
    std::uint64_t bytes = 0;
    auto wrong = 0;
    REQUIRE(tree->for_each([&](scanned_file const& f) -> result<void> {
      auto const& content = expected.at(std::string{f.key});
      bytes += content.size();
      if (f.state.size != content.size() || f.digests.strongest()->text() != waybill_test::chunked_text(content))
        ++wrong;
      return {};
    }));
    CHECK(wrong == 0);
    CHECK(tree->file_count() == 5000);
    CHECK(tree->files_read() == 5000);
    CHECK(tree->total_size() == bytes);
    CHECK(tree->bytes_read() == bytes);
  }
}

TEST_CASE("large and small files of one directory are hashed with one or several algorithms") {
  waybill_test::temporary_directory const dir;
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 40; ++i)
    expected["s" + std::to_string(i)] = waybill_test::vector_bytes(1000, static_cast<unsigned>(i));
  for (unsigned i = 0; i < 3; ++i) {
    expected["big" + std::to_string(i)] = waybill_test::vector_bytes((std::size_t{17} << 20) + i, i);
    expected["mid" + std::to_string(i)] = waybill_test::vector_bytes((std::size_t{5} << 20) + i, i);
  }
  for (auto const& [key, content] : expected) waybill_test::write_file(dir / key, content);
  for (std::vector<algorithm> const& wanted :
       {std::vector<algorithm>{algorithms::sha2_256_chunked}, {algorithms::md5, algorithms::sha2_256_chunked}}) {
    scan_options const options{.algorithms = wanted};
    auto const tree = scan_tree(dir.path().string(), options, {.workers = 4});
    REQUIRE(tree);
    CHECK(tree->file_count() == expected.size());
    REQUIRE(tree->for_each([&](scanned_file const& f) -> result<void> {
      auto const& content = expected.at(std::string{f.key});
      CHECK(f.digests.size() == wanted.size());
      CHECK(f.digests.find(algorithms::sha2_256_chunked)->text() == waybill_test::chunked_text(content));
      if (auto const* md5 = f.digests.find(algorithms::md5)) CHECK(*md5 == hash_bytes<md5_hasher>(as_bytes(content)));
      return {};
    }));
  }
}

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

TEST_CASE("deep and wide trees need few descriptors") {
  waybill_test::temporary_directory const dir;
  std::string deep;
  for (int i = 0; i < 200; ++i) {
    deep += "directory" + std::to_string(i % 10) + "/";
    waybill_test::write_file(dir / (deep + "f"), "x");
  }
  for (int i = 0; i < 100; ++i) waybill_test::write_file(dir / ("w" + std::to_string(i) + "/f"), "x");
  for (int i = 0; i < 20; ++i) {
    waybill_test::write_file(dir / ("big" + std::to_string(i)), "x");
    fs::resize_file(dir / ("big" + std::to_string(i)), 9 << 20);
  }
  waybill_test::descriptor_limit const limit{40};
  auto const tree = scan_tree(dir.path().string(), {}, {.workers = 4});
  REQUIRE(tree);
  CHECK(tree->file_count() == 320);
}

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

TEST_CASE("a scan without content knows sizes and has no digests") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "tree/f", "four");
  auto const tree = scan_tree((dir / "tree").string(), {.stat_only = true});
  REQUIRE(tree);
  CHECK(tree->total_size() == 4);
  CHECK(tree->files_read() == 0);
  CHECK(lines(*tree) == strings{"f - R/f"});
  CHECK(tree->entries().front().digests.empty());
  CHECK(save_stat_cache(*tree, (dir / "cache").string(), 0).error().code == errc::usage);
  CHECK(scan_tree((dir / "tree").string(), {.algorithms = {}}).error().code == errc::usage);
}

TEST_CASE("a file that grows while it is read has the digest of what it was at one moment, or is an error") {
  waybill_test::temporary_directory const dir;
  auto const pattern = waybill_test::vector_bytes(std::size_t{24} << 20, 9);
  waybill_test::write_file(dir / "f", pattern.substr(0, 1000));
  std::atomic<bool> stop{false};
  std::jthread const writer{[&] {
    std::ofstream out{dir / "f", std::ios::app | std::ios::binary};
    for (std::size_t at = 1000; at + 50'000 < pattern.size() && !stop; at += 50'000) {
      out.write(pattern.data() + at, 50'000).flush();
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
  }};
  for (int i = 0; i < 20; ++i) {
    auto const tree = scan_tree(dir.path().string());
    if (!tree) {
      CHECK(tree.error().code == errc::source_changed);
      continue;
    }
    (void)tree->for_each([&](scanned_file const& f) -> result<void> {
      CHECK(f.digests.strongest()->text() ==
            waybill_test::chunked_text(std::string_view{pattern}.substr(0, f.state.size)));
      return {};
    });
  }
  stop = true;
}

TEST_CASE("progress tells of listing, then of hashing, and ends complete") {
  waybill_test::temporary_directory const dir;
  for (int i = 0; i < 10; ++i) waybill_test::write_file(dir / std::to_string(i), "12345");
  std::vector<progress> reports;
  auto const tree = scan_tree(dir.path().string(), {},
                              {.workers = 2, .on_progress = [&](progress const& p) { reports.push_back(p); }});
  REQUIRE(tree);
  CHECK(reports.front().stage == "scan");
  CHECK(reports.back().stage == "hash");
  CHECK(reports.back().files_done == 10);
  CHECK(reports.back().files_total == 10);
  CHECK(reports.back().bytes_done == 50);
  CHECK(reports.back().bytes_total == 50);
}

TEST_CASE("a stopped scan and a failing sink end with their errors") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "x");
  std::stop_source source;
  source.request_stop();
  CHECK(scan_tree(dir.path().string(), {}, {.stop = source.get_token()}).error().code == errc::interrupted);
  auto const tree = scan_tree(dir.path().string());
  auto const r =
      tree->for_each([](scanned_file const&) -> result<void> { return make_error(errc::refused, "enough"); });
  CHECK(r.error().detail == "enough");
}
