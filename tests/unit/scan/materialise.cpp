#include <waybill/scan/materialise.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "placing.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::dataset_provider;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::files;
using waybill_test::placed;
using waybill_test::snapshot;
using waybill_test::write_file;
namespace fs = std::filesystem;

namespace {

using tree = std::map<std::string, std::string>;
using names = std::vector<std::string>;

tree tree_of(files const& dataset) { return {dataset.begin(), dataset.end()}; }

result<materialise_report> install(std::vector<entry> const& entries, fs::path const& dir, content_provider& contents,
                                   materialise_options const& options = {}, job_control const& control = {}) {
  auto const root = root_directory::open(dir.string(), true);
  if (!root) return root.error();
  return materialise(entries, *root, contents, options, control);
}

files const dataset{{"a.txt", "alpha"}, {"d/b", "beta"}, {"d/e/c", ""}, {"z", "omega"}};

materialise_options syncing() {
  materialise_options o;
  o.delete_extra = true;
  return o;
}

}  // namespace

TEST_CASE("a dataset is placed whole, with a report in walk order") {
  for (auto const durable : {durability::none, durability::batch, durability::each}) {
    waybill_test::temporary_directory const dir;
    dataset_provider contents{dataset};
    materialise_options options;
    options.durable = durable;
    auto const report = install(entries_of(dataset), dir / "new/target", contents, options);
    REQUIRE(code_of(report) == "ok");
    CHECK(placed(dir / "new/target") == tree_of(dataset));
    names expected;
    for (auto const& [key, bytes] : dataset) expected.push_back(key);
    CHECK(report->added == expected);
    CHECK(report->replaced.empty());
    CHECK(report->removed.empty());
    CHECK(report->unchanged == 0);
    CHECK(report->bytes_transferred == 14);
  }
}

TEST_CASE("only what is missing or different is moved, and other files stay") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a.txt", "alpha");
  write_file(dir / "d/b", "BETA");
  write_file(dir / "z", "another size");
  write_file(dir / "extra", "mine");
  auto const before = fs::last_write_time(dir / "a.txt");
  dataset_provider contents{dataset};
  auto const report = install(entries_of(dataset), dir.path(), contents);
  REQUIRE(code_of(report) == "ok");
  CHECK(report->added == names{"d/e/c"});
  CHECK(report->replaced == names{"d/b", "z"});
  CHECK(report->unchanged == 1);
  CHECK(report->bytes_kept == 5);
  CHECK(report->bytes_transferred == 9);
  CHECK(contents.opened == 3);
  CHECK(fs::last_write_time(dir / "a.txt") == before);
  auto expected = tree_of(dataset);
  expected["extra"] = "mine";
  CHECK(placed(dir.path()) == expected);
  auto const again = install(entries_of(dataset), dir.path(), contents);
  REQUIRE(code_of(again) == "ok");
  CHECK(again->unchanged == 4);
  CHECK(contents.opened == 3);
}

TEST_CASE("a dry run reports the same and writes nothing") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "a.txt", "alpha");
  write_file(dir / "d/b", "BETA");
  write_file(dir / "extra", "mine");
  auto const before = snapshot(dir.path());
  dataset_provider contents{dataset};
  auto options = syncing();
  options.dry_run = true;
  auto const dry = install(entries_of(dataset), dir.path(), contents, options);
  REQUIRE(code_of(dry) == "ok");
  CHECK(contents.opened == 0);
  CHECK(snapshot(dir.path()) == before);
  auto const real = install(entries_of(dataset), dir.path(), contents, syncing());
  REQUIRE(code_of(real) == "ok");
  CHECK(dry->added == real->added);
  CHECK(dry->replaced == real->replaced);
  CHECK(dry->removed == real->removed);
  CHECK(dry->removed == names{"extra"});
  CHECK(dry->bytes_transferred == real->bytes_transferred);
}

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

TEST_CASE("wrong bytes never get a name, and what was there stays") {
  struct row {
    char const* what;
    std::function<std::string(std::string)> damage;
    char const* code;
  };
  std::array<row, 5> const table{
      {{"a flipped byte",
        [](std::string s) {
          s[s.size() / 2] ^= 1;
          return s;
        },
        "digest_mismatch"},  // row 12
       {"short",
        [](std::string s) {
          s.pop_back();
          return s;
        },
        "size_mismatch"},
       {"long", [](std::string s) { return s + "x"; }, "size_mismatch"},
       {"empty", [](std::string) { return std::string{}; }, "size_mismatch"},
       {"endless", [](std::string s) { return s + std::string(5'000'000, 'x'); }, "size_mismatch"}}};
  for (std::uint64_t const size : {100U, 262'144U, 1'000'000U}) {
    for (auto const& [what, damage, code] : table) {
      for (bool const local : {false, true}) {
        INFO(what << " of " << size << (local ? ", local" : ""));
        waybill_test::temporary_directory const dir, store;
        auto const good = waybill_test::vector_bytes(size, 1);
        write_file(dir / "old", "old bytes");
        files const bad{{"new", damage(good)}, {"old", damage(good)}};
        for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
          dataset_provider contents{bad, local ? store.path() : fs::path{}};
          materialise_options options;
          options.mode = mode;
          auto const r = install(entries_of({{"new", good}, {"old", good}}), dir.path(), contents, options);
          CHECK(code_of(r) == code);
          CHECK(r.error().code == condition::integrity);
          CHECK(placed(dir.path()) == tree{{"old", "old bytes"}});
        }
      }
    }
  }
}

TEST_CASE("a right md5 beside a wrong sha256 does not pass") {
  waybill_test::temporary_directory const dir;
  auto e = entry_of("k", "bytes", {algorithms::md5});
  e.digests.insert(waybill_test::digest_of(algorithms::sha256, "other"));
  dataset_provider contents{{{"k", "bytes"}}};
  CHECK(code_of(install({e}, dir.path(), contents)) == "digest_mismatch");
  CHECK(placed(dir.path()).empty());
}

TEST_CASE("a source that fails on the way leaves old files or none") {
  struct failing final : byte_source {
    failing(std::unique_ptr<byte_source> s, std::size_t after) : inner{std::move(s)}, left{after} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      if (left == 0) return make_error(errc::temporary, "connection reset");
      auto const n = inner->read(buffer.first(std::min(buffer.size(), left)));
      if (n) left -= *n;
      return n;
    }
    std::unique_ptr<byte_source> inner;
    std::size_t left;
  };
  auto const bytes = waybill_test::vector_bytes(700'000, 5);
  files const two{{"new", bytes}, {"old", bytes}};
  for (std::size_t const after : {0U, 1U, 300'000U, 699'999U}) {
    waybill_test::temporary_directory const dir;
    write_file(dir / "old", "old bytes");
    dataset_provider contents{two};
    contents.around = [&](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
      return std::make_unique<failing>(std::move(s), after);
    };
    auto const r = install(entries_of(two), dir.path(), contents);
    CHECK(code_of(r) == "temporary");
    CHECK(r.error().code == condition::transient);
    CHECK(placed(dir.path()) == tree{{"old", "old bytes"}});
    contents.around = nullptr;  // repeating finishes
    CHECK(code_of(install(entries_of(two), dir.path(), contents)) == "ok");
    CHECK(placed(dir.path()) == tree_of(two));
  }
}

TEST_CASE("a provider's own error is passed on with the key") {
  waybill_test::temporary_directory const dir;
  dataset_provider contents{{{"a", "1"}}};
  auto const r = install({entry_of("a", "1"), entry_of("b", "2")}, dir.path(), contents);
  CHECK(code_of(r) == "object_not_found");
  CHECK(r.error().path == "b");
}

TEST_CASE("a source that changes while it is read is not accepted as what it was") {
  // Security row 13: whatever the writer does, the bytes under the name have the digest, or there is no name.
  waybill_test::temporary_directory const dir, store;
  auto const bytes = waybill_test::vector_bytes(8'000'000, 4);
  files const one{{"k", bytes}};
  for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
    for (int round = 0; round < 5; ++round) {
      dataset_provider contents{one, store.path()};
      std::jthread const writer{[&](std::stop_token const& stop) {
        std::fstream file{store / "k", std::ios::in | std::ios::out | std::ios::binary};
        for (int i = 0; !stop.stop_requested() && i < 2000; ++i) {
          file.seekp(i * 4001 % 8'000'000);
          file.put(static_cast<char>(i)).flush();
        }
      }};
      materialise_options options;
      options.mode = mode;
      auto const r = install(entries_of(one), dir.path(), contents, options);
      if (r && mode == placement_mode::copy) CHECK(placed(dir.path()) == tree_of(one));
      if (!r) {
        CHECK(r.error().code == condition::integrity);
        CHECK(placed(dir.path()).empty());
      }
      fs::remove(dir / "k");
    }
  }
}

TEST_CASE("hard links are the store's own files") {
  waybill_test::temporary_directory const dir, store;
  dataset_provider contents{dataset, store.path()};
  materialise_options options;
  options.mode = placement_mode::hard_link;
  write_file(dir / "d/b", "old");
  auto const report = install(entries_of(dataset), dir.path(), contents, options);
  REQUIRE(code_of(report) == "ok");
  for (auto const& [key, bytes] : dataset) CHECK(fs::equivalent(dir / key, store / key));
  CHECK(report->replaced == names{"d/b"});
  CHECK(placed(dir.path()) == tree_of(dataset));
  CHECK(contents.opened == 0);
}

TEST_CASE("sync removes what the manifest does not name, and only that") {
  waybill_test::temporary_directory const dir, outside;
  write_file(outside / "keep/x", "x");
  write_file(dir / ".quiltignore", "*.tmp\n");
  for (auto const* key : {"extra", "gone/deep/x", "d/more", "scratch.tmp", "d/scratch.tmp", ".waybill/state",
                          ".git/config", "sub/.git/x"})
    write_file(dir / key, "x");
  fs::create_directory_symlink(outside / "keep", dir / "lnk");
  fs::create_symlink(outside / "keep/x", dir / "file-link");
  auto wanted = dataset;
  wanted.emplace(".quiltignore", "*.tmp\n");
  dataset_provider contents{wanted};
  auto const report = install(entries_of(wanted), dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->removed == names{"d/more", "extra", "file-link", "gone/deep/x"});
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
  auto const report = install(entries_of(next), dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->removed == names{"a", "b/2", "b/x/1"});
  CHECK(report->added == names{"a/x", "b", "c"});
  CHECK(placed(dir.path()) == tree_of(next));
}

TEST_CASE("sync refuses to make way where more than extra files stands") {
  waybill_test::temporary_directory const dir;
  write_file(dir / ".quiltignore", "*.tmp\n");
  write_file(dir / "b/x", "extra");
  write_file(dir / "b/scratch.tmp", "ignored");
  write_file(dir / "c/.git/config", "protected");
  auto const before = snapshot(dir.path());
  for (std::string const key : {"b", "c"}) {
    files const next{{".quiltignore", "*.tmp\n"}, {key, "2"}};
    dataset_provider contents{next};
    CHECK(code_of(install(entries_of(next), dir.path(), contents, syncing())) == "unsafe_path");
    CHECK(snapshot(dir.path()) == before);
  }
}

TEST_CASE("a failing sync has removed nothing that was not in the way") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "extra", "mine");
  dataset_provider contents{{}};
  CHECK(code_of(install(entries_of(dataset), dir.path(), contents, syncing())) == "object_not_found");
  CHECK(placed(dir.path()) == tree{{"extra", "mine"}});
}

TEST_CASE("progress ends with everything done, and never shows more than was expected") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "d/b", "BETA");
  write_file(dir / "a.txt", "alpha");
  dataset_provider contents{dataset};
  progress last;
  bool sane = true;
  std::mutex guard;
  job_control const control{2,
                            [&](progress const& p) {
                              std::lock_guard const lock{guard};
                              sane = sane && p.files_done <= p.files_total && p.bytes_done <= p.bytes_total &&
                                     p.stage == "install";
                              last = p;
                            },
                            {}};
  REQUIRE(code_of(install(entries_of(dataset), dir.path(), contents, {}, control)) == "ok");
  CHECK(sane);
  CHECK(last.files_done == 4);
  CHECK(last.files_total == 4);
  CHECK(last.bytes_done == last.bytes_total);
}

TEST_CASE("a stop request ends the job within a second, and repeating finishes it") {
  struct slow final : byte_source {
    explicit slow(std::unique_ptr<byte_source> s) : inner{std::move(s)} {}
    result<std::size_t> read(std::span<std::byte> buffer) override {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      return inner->read(buffer.first(std::min<std::size_t>(buffer.size(), 1000)));
    }
    std::unique_ptr<byte_source> inner;
  };
  waybill_test::temporary_directory const dir;
  files many;
  for (int i = 0; i < 20; ++i)
    many["f" + std::to_string(i)] = waybill_test::vector_bytes(i % 2 == 0 ? 500'000 : 3000, 1);
  dataset_provider contents{many};
  contents.around = [](entry const&, std::unique_ptr<byte_source> s) -> result<std::unique_ptr<byte_source>> {
    return std::make_unique<slow>(std::move(s));
  };
  std::stop_source stop;
  std::chrono::steady_clock::time_point asked;
  std::jthread const stopper{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  }};
  auto const r = install(entries_of(many), dir.path(), contents, {}, {2, {}, stop.get_token()});
  CHECK(code_of(r) == "interrupted");
  CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds{1});
  for (auto const& [name, bytes] : placed(dir.path())) CHECK(bytes == many.at(name));
  contents.around = nullptr;
  REQUIRE(code_of(install(entries_of(many), dir.path(), contents)) == "ok");
  CHECK(placed(dir.path()) == tree_of(many));
}

TEST_CASE("a killed process leaves whole files only, and repeating ends in the same state") {
  // Security row 23. Every second file is a replacement, so that the staging directory is used as well.
  files many, old;
  for (int i = 0; i < 150; ++i) {
    auto const key = "d" + std::to_string(i % 10) + "/f" + std::to_string(i);
    many[key] = waybill_test::vector_bytes(i % 50 == 0 ? 400'000U : 2000U, static_cast<std::uint64_t>(i));
    if (i % 2 == 0) old[key] = "old " + key;
  }
  auto const entries = entries_of(many);
  int killed = 0;
  for (int round = 0; round < 8; ++round) {
    waybill_test::temporary_directory const dir;
    for (auto const& [key, bytes] : old) write_file(dir / key, bytes);
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      dataset_provider contents{many};
      materialise_options options;
      options.durable = round % 2 == 0 ? durability::batch : durability::none;
      ::_exit(install(entries, dir.path(), contents, options, {2, {}, {}}) ? 0 : 1);
    }
    ::usleep(static_cast<useconds_t>(1000 + round * 2000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    for (auto const& [name, bytes] : snapshot(dir.path())) {
      if (name.starts_with(".waybill/tmp") || bytes == "/") continue;
      INFO(name);
      REQUIRE(many.contains(name));
      CHECK((bytes == many.at(name) || (old.contains(name) && bytes == old.at(name))));
    }
    dataset_provider contents{many};
    REQUIRE(code_of(install(entries, dir.path(), contents)) == "ok");
    fs::remove_all(dir / ".waybill");
    CHECK(snapshot(dir.path()) == tree_of(many));
  }
  CHECK(killed > 0);
}

TEST_CASE("many files in many directories are placed by several workers") {
  waybill_test::temporary_directory const dir, store;
  files many;
  for (int i = 0; i < 600; ++i)
    many["d" + std::to_string(i % 20) + "/s/f" + std::to_string(i)] = "content " + std::to_string(i % 100);
  many["flat"] = waybill_test::vector_bytes(2'000'000, 1);
  for (auto const mode : {placement_mode::copy, placement_mode::hard_link}) {
    dataset_provider contents{many, store.path()};
    materialise_options options;
    options.mode = mode;
    fs::remove_all(dir / "t");
    auto const report = install(entries_of(many), dir / "t", contents, options, {4, {}, {}});
    REQUIRE(code_of(report) == "ok");
    CHECK(report->added.size() == many.size());
    CHECK(placed(dir / "t") == tree_of(many));
  }
}

TEST_CASE("nothing to place is done at once") {
  waybill_test::temporary_directory const dir;
  dataset_provider contents{{}};
  auto const report = install({}, dir.path(), contents, syncing());
  REQUIRE(code_of(report) == "ok");
  CHECK(report->added.empty());
}
