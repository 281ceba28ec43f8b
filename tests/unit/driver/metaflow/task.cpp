#include <waybill/driver/metaflow/task.hpp>

#include <algorithm>

#include "sample_task.hpp"

using namespace waybill_test;

TEST_CASE("a task records that it begins and ends and what it reads and writes") {
  sample_flow flow;
  memory_tables db;
  auto work = flow.task("1", "work", "3", 2, "0", {4});
  REQUIRE(ok(work.begin()));
  auto const written = write_table(work, db, "t", "id\n1\n");
  CHECK_FALSE(written.table()->commit);
  CHECK(written.table()->hash == "id\n1\n");
  kept_rows rows;
  auto const read = work.read(db, {.table = "t"}, rows);
  REQUIRE(ok(read));
  CHECK(rows.text == "id\n1\n");
  CHECK(rows.finished);
  CHECK(read->table()->dirty);
  REQUIRE(ok(work.note(record_kind::write, {"ns/p", "abc"})));
  REQUIRE(ok(work.end(lineage::end_status::fail, "KeyError")));

  lineage::scan_report seen;
  auto const records = work.records(seen);
  REQUIRE(ok(records));
  REQUIRE(records->size() == 5);
  std::vector<std::string> kinds;
  for (auto const& r : *records) {
    kinds.emplace_back(name_of(r.kind));
    CHECK(r.attempt == lineage::attempt_id{"F", "1", "work", "3", 2});
    CHECK(r.index == std::vector<std::uint64_t>{4});
    CHECK(r.origin_run == "0");
  }
  CHECK(kinds == std::vector<std::string>{"begin", "write", "read", "write", "end"});
  CHECK(records->at(3).package()->top_hash == "abc");
  CHECK(records->back().failure == "KeyError");
  CHECK(std::ranges::is_sorted(*records, {}, &lineage::run_record::time));
}

TEST_CASE("a read is recorded only when all rows were delivered") {
  sample_flow flow;
  memory_tables db;
  auto work = flow.task("1", "work", "3");
  write_table(work, db, "t", "id\n1\n");
  kept_rows full;
  full.fails = true;
  CHECK(code_of(work.read(db, {.table = "t"}, full)) == "temporary");
  db.fails = "read";
  kept_rows cut;
  CHECK(code_of(work.read(db, {.table = "t"}, cut)) == "temporary");
  CHECK_FALSE(cut.finished);
  CHECK(code_of(work.read(db, {.table = "absent"}, cut)) == "object_not_found");
  CHECK(flow.records("1").size() == 1);
}

TEST_CASE("a write that fails is not recorded") {
  sample_flow flow;
  memory_tables db;
  db.fails = "write";
  auto work = flow.task("1", "work", "3");
  memory_source rows{std::string_view{"id\n1\n"}};
  CHECK(code_of(work.write(db, {.table = "t"}, rows)) == "temporary");
  CHECK(flow.records("1").empty());
}

TEST_CASE("attempts and tasks are writers of their own") {
  CHECK(metaflow::writer_name({"F", "1", "s", "2", 0}) == "F/1/s/2/0");
  sample_flow flow;
  memory_tables db;
  auto first = flow.task("1", "work", "3", 0), retry = flow.task("1", "work", "3", 1);
  write_table(first, db, "t", "id\n1\n");
  kept_rows rows;
  CHECK(code_of(retry.read(db, {.table = "t"}, rows)) == "object_not_found");
}

TEST_CASE("a query is recorded with what it read") {
  sample_flow flow;
  memory_tables db;
  auto work = flow.task("1", "work", "3");
  write_table(work, db, "t", "id\n1\n");
  kept_rows rows;
  auto const r = work.read(db, {.table = "t", .query = "SELECT id FROM t"}, rows);
  REQUIRE(ok(r));
  CHECK(r->table()->query == "SELECT id FROM t");
}

TEST_CASE("a dry run makes records and keeps none") {
  sample_flow flow;
  metaflow::task planned{flow.store, {{"F", "1", "s", "2", 0}}, [] { return timestamp{}; }, true};
  auto const r = planned.begin();
  REQUIRE(ok(r));
  CHECK(r->kind == record_kind::begin);
  CHECK(flow.records("1").empty());
}
