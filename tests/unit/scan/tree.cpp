#include <waybill/scan/tree.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "trees.hpp"

using namespace waybill;
using waybill_test::keys;
using waybill_test::lines;
using waybill_test::strings;
namespace fs = std::filesystem;

namespace {

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
