#include <waybill/driver/metaflow/commit.hpp>

#include <waybill/lineage/query.hpp>

#include <algorithm>

#include "sample_task.hpp"

using namespace waybill_test;

namespace {

metaflow::commit_report commit(metaflow::task& by, memory_tables& db, metaflow::commit_options const& how = {}) {
  auto done = metaflow::commit_writes(by, db, how);
  REQUIRE(ok(done));
  return std::move(*done);
}

std::uint64_t uncommitted(sample_flow const& flow) {
  std::uint64_t count = 0;
  lineage::scan_report seen;
  auto const one_more = [&](lineage::found_record const&) -> result<void> {
    ++count;
    return {};
  };
  REQUIRE(ok(lineage::for_each_uncommitted(flow.store, {}, one_more, seen)));
  return count;
}

}  // namespace

TEST_CASE("a commit gives the writes of an attempt their commit") {
  sample_flow flow;
  memory_tables db;
  auto work = flow.task("1", "work", "3");
  write_table(work, db, "t", "id\n1\n");
  write_table(work, db, "u", "id\n2\n");
  auto const done = commit(work, db);
  REQUIRE(done.records.size() == 2);
  for (auto const& r : done.records) {
    CHECK(r.kind == record_kind::write);
    CHECK(r.table()->commit == "c1");
    CHECK(r.table()->branch == "main");
    CHECK_FALSE(r.committed_by);
  }
  REQUIRE(db.asked.size() == 1);
  CHECK(db.asked[0].message == "Run F/1/work/3");
  CHECK(db.asked[0].writers[0].writer == "F/1/work/3/0");
  CHECK(db.asked[0].writers[0].tables == std::vector<std::string>{"t", "u"});
  CHECK_FALSE(db.asked[0].allow_empty);
  CHECK(uncommitted(flow) == 0);
  CHECK(commit(work, db).records.empty());
  CHECK(db.asked.size() == 1);
}

TEST_CASE("writes of an earlier step keep their writer and tell who committed them") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "a", "1", 0, {}, {7}), [&](auto& by) { write_table(by, db, "t", "id\n1\n"); });
  auto last = flow.task("1", "b", "2");
  write_table(last, db, "u", "id\n1\n");
  auto const done = commit(last, db, {.message = "m"});
  REQUIRE(done.records.size() == 2);
  CHECK(done.records[0].attempt.step == "a");
  CHECK(done.records[0].index == std::vector<std::uint64_t>{7});
  CHECK(done.records[0].committed_by == lineage::committer{"b", "2", 0, {}});
  CHECK(done.records[0].table()->commit == "c1");
  CHECK(done.records[1].table()->commit == "c2");
  CHECK(db.asked[1].message == "m");
  CHECK(uncommitted(flow) == 0);
}

TEST_CASE("a resumed run is named where it commits what its origin wrote") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "a", "1"), [&](auto& by) { write_table(by, db, "t", "id\n1\n"); });
  auto last = flow.task("2", "b", "2", 0, "1");
  REQUIRE(ok(last.begin()));
  auto const done = commit(last, db);
  REQUIRE(done.records.size() == 1);
  CHECK(done.records[0].attempt.run == "1");
  CHECK(done.records[0].committed_by == lineage::committer{"b", "2", 0, "2"});
  CHECK(uncommitted(flow) == 0);
}

TEST_CASE("a write that changed nothing gets the commit that holds its rows") {
  sample_flow flow;
  memory_tables db;
  auto first = flow.task("1", "work", "1"), second = flow.task("2", "work", "1"), third = flow.task("3", "work", "1");
  write_table(first, db, "t", "id\n1\n");
  commit(first, db);
  write_table(second, db, "t", "id\n1\n");
  auto const done = commit(second, db);
  REQUIRE(done.records.size() == 1);
  CHECK(done.records[0].table()->commit == "c1");
  CHECK(done.lost.empty());
}

TEST_CASE("a write of which the database has nothing more is told and stays uncommitted") {
  sample_flow flow;
  memory_tables db, emptied;
  auto work = flow.task("1", "work", "1");
  write_table(work, db, "t", "id\n1\n");
  auto const done = commit(work, emptied);
  CHECK(done.records.empty());
  REQUIRE(done.lost.size() == 1);
  CHECK(done.lost[0].table == "t");
  CHECK(uncommitted(flow) == 1);
}

TEST_CASE("an empty commit is the committer's own and is made only on request") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "a", "1"), [&](auto& by) { write_table(by, db, "t", "id\n1\n"); });
  auto last = flow.task("1", "b", "2");
  commit(last, db, {.allow_empty = true});
  REQUIRE(db.asked.size() == 2);
  CHECK(db.asked[0].writers[0].writer == "F/1/a/1/0");
  CHECK_FALSE(db.asked[0].allow_empty);
  CHECK(db.asked[1].writers[0].writer == "F/1/b/2/0");
  CHECK(db.asked[1].allow_empty);
}

TEST_CASE("a conflict is told and its commit is recorded") {
  sample_flow flow;
  memory_tables db;
  db.disputed = {"t"};
  auto work = flow.task("1", "work", "1");
  write_table(work, db, "t", "id\n1\n");
  auto const done = commit(work, db);
  REQUIRE(done.conflicts.size() == 1);
  CHECK(done.conflicts[0].table == "t");
  REQUIRE(done.records.size() == 1);
  CHECK(done.records[0].table()->commit == "c1");
}

TEST_CASE("a commit that fails leaves the writes uncommitted") {
  sample_flow flow;
  memory_tables db;
  db.fails = "commit";
  auto work = flow.task("1", "work", "1");
  write_table(work, db, "t", "id\n1\n");
  CHECK(code_of(metaflow::commit_writes(work, db, {})) == "temporary");
  CHECK(uncommitted(flow) == 1);
  db.fails.clear();
  CHECK(commit(work, db).records.size() == 1);
}
