#include <waybill/scan/materialise.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "installing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::files;
using waybill_test::install;
using waybill_test::names;
using waybill_test::placed;
using waybill_test::snapshot;
using waybill_test::syncing;
using waybill_test::tree;
using waybill_test::tree_of;
using waybill_test::write_file;
namespace fs = std::filesystem;

TEST_CASE("a bad key anywhere refuses the whole dataset before anything is written") {
  struct row {
    std::vector<std::string> keys;
    char const* code;
  };
  std::string const nul{"z\0", 2};
  std::array<row, 15> const table{{{{"a", "../x"}, "unsafe_key"},  // security rows 1, 2
                                   {{"a", "b/../../x"}, "unsafe_key"},
                                   {{"a", "b/.."}, "unsafe_key"},
                                   {{"/x", "a"}, "unsafe_key"},
                                   {{"C:x", "a"}, "unsafe_key"},
                                   {{"\\\\h\\s", "a"}, "unsafe_key"},
                                   {{"a", "~/x"}, "unsafe_key"},
                                   {{"a", "a\\..\\b"}, "unsafe_key"},
                                   {{"a", nul}, "unsafe_key"},
                                   {{".git/hooks/pre-commit", "a"}, "protected_name"},  // row 5
                                   {{".waybill/config.json", "a"}, "protected_name"},
                                   {{"a", "a/b"}, "key_conflict"},  // row 8
                                   {{"a", "d/e", "d/e/f/g"}, "key_conflict"},
                                   {{"a", "a"}, "duplicate_key"},  // row 9
                                   {{"b", "a"}, "unsorted"}}};
  for (auto const& [keys, code] : table) {
    waybill_test::temporary_directory const dir;
    fs::create_directory(dir / "target");
    std::vector<entry> entries;
    for (auto const& key : keys) entries.push_back(entry_of(key, "x"));
    dataset_provider contents{{}};
    auto const r = install(entries, dir / "target", contents);
    INFO(keys.front() << ", " << keys.back());
    CHECK(code_of(r) == code);
    CHECK(snapshot(dir.path()) == tree{{"target", "/"}});
    CHECK(contents.opened == 0);
  }
}

TEST_CASE("links that stand in the way are refused before anything is written") {
  for (bool const sync : {false, true}) {
    INFO("sync " << sync);
    waybill_test::temporary_directory const dir, outside;
    write_file(outside / "victim", "old");
    fs::create_directories(dir / "a");
    fs::create_directory_symlink(outside.path(), dir / "lnk");  // security row 3: parent
    fs::create_symlink(outside / "victim", dir / "target");     // row 3: target
    dataset_provider contents{{{"before", "1"}, {"lnk/x", "2"}, {"target", "3"}}};
    auto const before = snapshot(dir.path());
    for (std::string const key : {"lnk/x", "lnk/victim", "target", "lnk"}) {
      INFO(key);
      CHECK(code_of(install({entry_of("before", "1"), entry_of(key, "2")}, dir.path(), contents,
                            sync ? syncing() : materialise_options{})) == "unsafe_path");
      CHECK(snapshot(dir.path()) == before);
    }
    CHECK(contents.opened == 0);
    CHECK(snapshot(outside.path()) == tree{{"victim", "old"}});
  }
}

TEST_CASE("a link that appears while the job runs is not written through") {
  // Security row 4: an earlier entry's content is the moment in which the parent of a later one becomes a link.
  waybill_test::temporary_directory const dir, outside;
  files const two{{"a", "1"}, {"d/x", "2"}};
  dataset_provider contents{two};
  contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    if (!fs::exists(fs::symlink_status(dir / "d"))) fs::create_directory_symlink(outside.path(), dir / "d");
    return s;
  };
  CHECK(code_of(install(entries_of(two), dir.path(), contents, {}, {1, {}, {}})) == "unsafe_path");
  CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("names that other systems cannot hold are refused on request only") {
  waybill_test::temporary_directory const dir;
  files const odd{{"CON", "1"}, {"a\\b.txt", "2"}, {"x\ny", "3"}};
  dataset_provider contents{odd};
  materialise_options portable;
  portable.portable = true;
  for (auto const& [key, bytes] : odd)
    CHECK(code_of(install({entry_of(key, bytes)}, dir.path(), contents, portable)) == "not_portable");
  CHECK(snapshot(dir.path()).empty());
  CHECK(code_of(install(entries_of(odd), dir.path(), contents)) == "ok");
  CHECK(placed(dir.path()) == tree_of(odd));
}

TEST_CASE("names that collide elsewhere are placed with a warning, or refused on request") {
  waybill_test::temporary_directory const dir;
  files const both{{"A.txt", "1"}, {"a.txt", "2"}};
  dataset_provider contents{both};
  materialise_options portable;
  portable.portable = true;
  auto const refused = install(entries_of(both), dir.path(), contents, portable);
  CHECK(code_of(refused) == "not_portable");
  CHECK_THAT(refused.error().message(), waybill_test::contains("A.txt") && waybill_test::contains("a.txt"));
  CHECK(snapshot(dir.path()).empty());
  auto const report = install(entries_of(both), dir.path(), contents);
  REQUIRE(code_of(report) == "ok");
  REQUIRE(report->collisions.size() == 1);
  CHECK(report->collisions[0].keys == names{"A.txt", "a.txt"});
  CHECK(placed(dir.path()) == tree_of(both));
}

TEST_CASE("entries that cannot be checked are refused before anything is written") {
  waybill_test::temporary_directory const dir;
  dataset_provider contents{{{"a", "1"}, {"k", "x"}}};
  auto const attempt = [&](entry e, std::vector<algorithm> require = {}) {
    materialise_options options;
    options.require = std::move(require);
    return code_of(install({entry_of("a", "1", {algorithms::sha256, algorithms::md5}), std::move(e)}, dir.path(),
                           contents, options));
  };
  auto foreign = entry_of("k", "x", {});
  foreign.foreign_hash = json::object{{"type", "blake9"}, {"value", "00"}};
  CHECK(attempt(foreign) == "unknown_algorithm");
  auto sizeless = entry_of("k", "x");
  sizeless.size.reset();
  CHECK(attempt(sizeless) == "missing_member");
  auto huge = entry_of("k", "x");
  huge.size = (std::uint64_t{1} << 63) - 1;  // security row 11: the sum
  CHECK(attempt(huge) == "size_out_of_range");
  CHECK(attempt(entry_of("k", "x", {algorithms::md5}), {algorithms::sha256}) == "digest_required");  // row 14
  CHECK(snapshot(dir.path()).empty());
  CHECK(attempt(entry_of("k", "x", {algorithms::md5, algorithms::sha256}), {algorithms::sha256}) == "ok");
}

TEST_CASE("where a file system folds names the second of two colliding files is a collision and replaces nothing") {
  // The folding is ours: when the first file is read, the name of the second appears as well.
  waybill_test::temporary_directory const dir;
  files const many{{"A.txt", "1"}, {"B.txt", "2"}, {"a.txt", "3"}, {"b.txt", "4"}};
  for (std::string const late : {"a.txt", "b.txt"}) {
    dataset_provider contents{many};
    contents.around = [&](entry const& e, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      if (e.key.str() == "A.txt") write_file(dir / late, "as if A.txt");
      return s;
    };
    auto const r = install(entries_of(many), dir.path(), contents, {}, {1, {}, {}});
    CHECK(code_of(r) == "collision");
    CHECK(waybill_test::read_file(dir / late) == "as if A.txt");
    for (auto const& [key, bytes] : many) fs::remove(dir / key);
  }
}

TEST_CASE("a file that appears meanwhile under a name of its own is replaced") {
  waybill_test::temporary_directory const dir;
  files const two{{"a", "1"}, {"b", "2"}};
  dataset_provider contents{two};
  contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    write_file(dir / "b", "appeared");
    return s;
  };
  CHECK(code_of(install(entries_of(two), dir.path(), contents, {}, {1, {}, {}})) == "ok");
  CHECK(placed(dir.path()) == tree_of(two));
}

TEST_CASE("colliding names that are there already are replaced by their own") {
  waybill_test::temporary_directory const dir;
  files const both{{"A.txt", "1"}, {"a.txt", "2"}};
  write_file(dir / "A.txt", "old");
  write_file(dir / "a.txt", "old");
  dataset_provider contents{both};
  CHECK(code_of(install(entries_of(both), dir.path(), contents)) == "ok");
  CHECK(placed(dir.path()) == tree_of(both));
}

TEST_CASE("a new directory is planned with the refusals and the report of a real one") {
  files const both{{"A.txt", "12"}, {"a.txt", "3"}};
  auto const plan = plan_new_directory(entries_of(both), {}).value();
  CHECK(plan.added == names{"A.txt", "a.txt"});
  CHECK(plan.bytes_transferred == 3);
  CHECK(plan.collisions.size() == 1);
  materialise_options portable;
  portable.portable = true;
  CHECK(code_of(plan_new_directory(entries_of(both), portable)) == "not_portable");
  CHECK(code_of(plan_new_directory(std::vector{entry_of("../x", "1")}, {})) == "unsafe_key");
}
