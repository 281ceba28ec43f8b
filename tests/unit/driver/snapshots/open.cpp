#include <waybill/driver/snapshots/open.hpp>

#include <waybill/store/memory.hpp>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include "support/processes.hpp"
#include "unit/driver/snapshots/fixture.hpp"
#include "unit/driver/table/contract.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("a database of snapshots keeps the contract of a database") {
  snapshot_fixture const f;
  table_contract([&] { return f.open(); }, 20);
}

TEST_CASE("a database of snapshots in memory keeps the contract of a database") {
  snapshot_fixture const f;
  waybill::registry const home{memory_store{}, "memory"};
  table_contract([&] { return f.open(home); }, 4);
}

TEST_CASE("equal tables have equal hashes whatever they are called and wherever they came from") {
  snapshot_fixture const f, other;
  table_calls const a{[&] { return f.open(); }}, b{[&] { return other.open(); }};
  auto const hash = [](table_calls const& db, std::string const& table, std::string const& csv) {
    return db.write(table, "F/1", csv).hash.value();
  };
  auto const one = hash(a, "t", "id,v\n2,b\n1,a\n");
  CHECK(hash(b, "other name", "id,v\n1,a\n2,b\n") == one);
  CHECK(one.size() == 64);
  // Of the formula in docs/formats.md, by another program.
  CHECK(one == "cf84f7c6e07d64adb9756f0197b7c9d0ec449ffbbdbc11298d88d4cb8ff03b8b");
  CHECK(hash(a, "t2", "id,v\n1,a\n2,c\n") != one);
}

TEST_CASE("a database moves with its directory and is asked in no SQL") {
  snapshot_fixture f;
  std::string commit;
  {
    table_calls const db{[&] { return f.open(); }};
    db.write("t", "F/1", "id,v\n1,a\n");
    commit = db.commit_cleanly("F/1", "t");
    db.write("t", "F/1", "id,v\n2,b\n");
    CHECK(db.code_of_read({.table = "t", .query = "select 1"}) == "refused");
  }
  auto const moved = f.tmp.path() / "elsewhere";
  std::filesystem::rename(f.directory, moved);
  f.directory = moved;
  table_calls const db{[&] { return f.open(); }};
  CHECK(db.read_at("t", commit.substr(0, 6)) == "id,v\n1,a\n");
  CHECK(db.read_at("t", "commit-" + commit.substr(0, 16)) == "id,v\n1,a\n");
  CHECK(db->commit_of("latest").value() == commit);
  CHECK(db.read("t", "F/1") == "id,v\n1,a\n2,b\n");
}

TEST_CASE("a commit whose rows are damaged in the registry is not read") {
  snapshot_fixture const f;
  table_calls const db{[&] { return f.open(); }};
  db.write("t", "F/1", "id,v\n1,a\n");
  db.commit_cleanly("F/1", "t");
  int damaged = 0;
  for (auto const& file : std::filesystem::recursive_directory_iterator{f.registry_directory / ".waybill/objects"}) {
    if (!file.is_regular_file() || file.file_size() != 9) continue;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::ofstream{file.path()} << "id,v\n1,b\n";
    ++damaged;
  }
  CHECK(damaged == 1);
  CHECK(db.code_of_read({.table = "t"}) == "digest_mismatch");
}

TEST_CASE("a writer who is killed leaves the state before or the new one and the commits before") {
  snapshot_fixture const f;
  table_calls const db{[&] { return f.open(); }};
  std::mt19937 random{std::random_device{}()};
  for (int round = 0; round < 12; ++round) {
    auto const writer = "F/" + std::to_string(round % 3);
    auto const child = in_child([&] {
      auto const mine = f.open();
      for (int i = 0;; ++i) {
        std::string csv = "id,v\n";
        for (int id = 0; id < 400; ++id) csv += std::to_string(id) + "," + writer + " " + std::to_string(i) + "\n";
        memory_source from{csv};
        if (!mine->write({.table = "t" + writer.substr(2), .primary_key = {"id"}, .writer = writer}, from))
          return false;
        if (!mine->commit({.writers = {{writer, {"t" + writer.substr(2)}}}, .message = "m"})) return false;
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + random() % 150});
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    // Whatever is seen, by the writer or others, is one whole state.
    for (auto const& who : {std::string{}, writer}) {
      string_sink out;
      auto const seen = db->read({.table = "t" + writer.substr(2), .writer = who}, out);
      if (!seen) {
        CHECK(name_of(seen.error().code) == "object_not_found");
        continue;
      }
      auto const text = out.str();
      CHECK(std::count(text.begin(), text.end(), '\n') == 401);
      auto const first = text.substr(7, text.find('\n', 7) - 7);
      for (std::size_t at = 5; at < text.size(); at = text.find('\n', at) + 1)
        CHECK(text.substr(text.find(',', at) + 1, first.size()) == first);
    }
    CHECK(ok(db->commit({.writers = {{writer, {"t" + writer.substr(2)}}}, .message = "after"})));
    CHECK(db.read("t" + writer.substr(2)) == db.read("t" + writer.substr(2), writer));
  }
}
