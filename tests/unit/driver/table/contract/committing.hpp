#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "calls.hpp"

namespace waybill_test {

inline void contract_of_writers(table_opener const& open) {
  table_calls const db{open}, other{open};
  auto const written = db.write("owned", "F/a", "id,v\n1,one\n");
  CHECK(written.db == db->name());
  // Nobody else reads what is not committed.
  CHECK(other.code_of_read({.table = "owned"}) == "object_not_found");
  CHECK(other.code_of_read({.table = "owned", .writer = "F/b"}) == "object_not_found");
  auto const [rows, seen] = other.read_both({.table = "owned", .writer = "F/a"});
  CHECK(rows == "id,v\n1,one\n");
  CHECK(seen.dirty);
  CHECK(seen.hash == written.hash);
  auto const done = other.commit("F/a", "owned");
  CHECK(done.writer == "F/a");
  CHECK(done.conflicts.empty());
  REQUIRE(done.tables.size() == 1);
  CHECK(done.tables.front().table == "owned");
  CHECK(done.tables.front().commit.has_value());
  CHECK(done.tables.front().hash == written.hash);
  auto const [again, now] = db.read_both({.table = "owned", .writer = "F/b"});
  CHECK(again == rows);
  CHECK_FALSE(now.dirty);
  CHECK(now.hash == written.hash);
  CHECK(now.branch == done.tables.front().branch);
  REQUIRE(now.commit.has_value());
  CHECK(db.read_at("owned", *now.commit) == rows);
  // Other tables of a writer wait for their own commit, and so do those of other writers.
  db.write("owned", "F/a", "id,v\n1,eins\n");
  db.write("other", "F/a", "id,v\n1,x\n");
  db.write("owned", "F/b", "id,v\n7,seven\n");
  auto const part = db.commit_cleanly("F/a", "owned");
  CHECK(db.read_at("owned", part) == "id,v\n1,eins\n");
  CHECK(db.code_of_read({.table = "other", .as_of = part}) == "object_not_found");
  CHECK(db.read("other", "F/a") == "id,v\n1,x\n");
  CHECK(db.code_of_read({.table = "other"}) == "object_not_found");
  auto const rest = db.commit_cleanly("F/a", "other");
  CHECK(db.read_at("other", rest) == "id,v\n1,x\n");
  db.commit_cleanly("F/b", "owned");
  CHECK(db.read("owned") == "id,v\n1,eins\n7,seven\n");
  CHECK(db.read("other") == "id,v\n1,x\n");
}

inline void contract_of_versions(table_opener const& open) {
  table_calls const db{open};
  std::vector<std::string> commits, states;
  for (unsigned i = 1; i <= 4; ++i) {
    db.write("versions", "F/" + std::to_string(i),
             "id,v\n1,round " + std::to_string(i) + "\n" + std::to_string(i + 1) + ",new\n");
    commits.push_back(db.commit_cleanly("F/" + std::to_string(i), "versions"));
    states.push_back(db.read("versions"));
  }
  for (std::size_t i = 0; i < commits.size(); ++i) {
    auto const [rows, seen] = db.read_both({.table = "versions", .as_of = commits[i]});
    CHECK(rows == states[i]);
    CHECK(seen.commit == commits[i]);
    CHECK_FALSE(seen.dirty);
    CHECK(seen.hash.has_value());
    auto const name = db->commit_of(commits[i]);
    REQUIRE(ok(name));
    CHECK(*name == commits[i]);
  }
  CHECK(std::set<std::string>(commits.begin(), commits.end()).size() == commits.size());
  CHECK(db.code_of_read({.table = "versions", .as_of = "nothing_such"}) == "version_not_found");
  CHECK(db.code_of_read({.table = "nothing_such", .as_of = commits[0]}) == "object_not_found");
  // The same rows have the same hash, whichever commit holds them.
  auto const first = db.read_both({.table = "versions", .as_of = commits[0]}).second;
  db.write(
      {.table = "versions", .primary_key = {"id"}, .mode = waybill::table::write_mode::replace, .writer = "F/back"},
      states[0]);
  auto const back = db.commit_cleanly("F/back", "versions");
  CHECK(db.read_both({.table = "versions", .as_of = back}).second.hash == first.hash);
  CHECK(db.read_both({.table = "versions", .as_of = commits[1]}).second.hash != first.hash);
}

inline void contract_of_empty_commits(table_opener const& open) {
  table_calls const db{open};
  db.write("calm", "F/calm", "id,v\n1,one\n");
  db.commit_cleanly("F/calm", "calm");
  waybill::table::commit_request what{.writers = {{"F/calm", {"calm"}}, {"F/never", {}}}, .message = "m"};
  auto const none = db->commit(what);
  REQUIRE(ok(none));
  CHECK(none->empty());
  what.allow_empty = true;
  auto const both = db->commit(what);
  REQUIRE(ok(both));
  REQUIRE(both->size() == 2);
  REQUIRE(both->front().tables.size() == 1);
  CHECK(db.read_at("calm", both->front().tables.front().commit.value_or("")) == "id,v\n1,one\n");
}

inline void contract_of_conflicts(table_opener const& open) {
  table_calls const db{open};
  db.write("disputed", "F/dispute/0", "id,v,w\n1,one,a\n2,two,b\n");
  db.commit_cleanly("F/dispute/0", "disputed");
  db.write("disputed", "F/dispute/1", "id,v,w\n1,uno,a\n");
  db.write("disputed", "F/dispute/2", "id,v,w\n1,eins,a\n");
  db.write("disputed", "F/dispute/3", "id,v,w\n2,zwei,b\n");
  db.write("disputed", "F/dispute/4", "id,v,w\n1,uno,a\n");
  db.commit_cleanly("F/dispute/1", "disputed");
  auto const lost = db.commit("F/dispute/2", "disputed");
  CHECK(lost.conflicts == std::vector<std::string>{"disputed"});
  REQUIRE(lost.tables.size() == 1);
  // It is not part of the branch, but kept; and who comes next is not in its way.
  CHECK(db.read_at("disputed", lost.tables.front().commit.value_or("")) == "id,v,w\n1,eins,a\n2,two,b\n");
  CHECK(db.read("disputed") == "id,v,w\n1,uno,a\n2,two,b\n");
  db.commit_cleanly("F/dispute/3", "disputed");
  db.commit_cleanly("F/dispute/4", "disputed");  // the same change is no conflict
  CHECK(db.read("disputed") == "id,v,w\n1,uno,a\n2,zwei,b\n");
}

/// Each of `count` writes rows of his own to one table that is there and to one that is not, all at once.
inline void contract_of_parallel_writers(table_opener const& open, unsigned count) {
  table_calls const db{open};
  db.write("shared", "F/first", "id,v\n0,base\n");
  db.commit_cleanly("F/first", "shared");
  std::vector<std::string> problems(count), commits(count);
  auto const row_of = [](unsigned i) { return std::to_string(i + 1) + ",by " + std::to_string(i); };
  auto const work = [&](unsigned i) -> waybill::result<void> {
    auto const mine = open();
    std::string const writer = "F/1/s/" + std::to_string(i) + ".0";
    for (std::string const table : {"shared", "fresh"}) {
      std::string const csv = "id,v\n" + row_of(i) + "\n";
      waybill::memory_source from{csv};
      auto const r = mine->write({.table = table, .primary_key = {"id"}, .writer = writer}, from);
      if (!r) return r.error();
    }
    auto const done = mine->commit({.writers = {{writer, {"shared", "fresh"}}}, .message = "by " + writer});
    if (!done) return done.error();
    if (done->size() != 1 || !done->front().conflicts.empty() || done->front().tables.size() != 2)
      return waybill::make_error(waybill::errc::refused, "not one commit of two tables without conflicts");
    commits[i] = done->front().tables.front().commit.value_or("");
    return {};
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i)
      threads.emplace_back([&, i] {
        if (auto const r = work(i); !r) problems[i] = r.error().message();
      });
  }
  CHECK(problems == std::vector<std::string>(count));
  CHECK(std::set<std::string>(commits.begin(), commits.end()).size() == count);
  std::string all = "id,v\n0,base\n", fresh = "id,v\n";
  for (unsigned i = 0; i < count; ++i) {
    all += row_of(i) + "\n";
    fresh += row_of(i) + "\n";
  }
  CHECK(db.read("shared") == all);
  CHECK(db.read("fresh") == fresh);
  for (unsigned i = 0; i < count; ++i) {
    INFO("writer " << i);
    CHECK(db.read_at("shared", commits[i]).find(row_of(i)) != std::string::npos);
  }
}

}  // namespace waybill_test
