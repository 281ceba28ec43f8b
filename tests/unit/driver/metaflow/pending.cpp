#include <waybill/driver/metaflow/pending.hpp>

#include "sample_task.hpp"

using namespace waybill_test;

namespace {

using texts = std::vector<std::string>;

/// `run/step/task/attempt: table…` of each writer.
texts pending(sample_flow const& flow, metaflow::task const& by, std::string const& db = "db") {
  lineage::scan_report seen;
  auto const found = metaflow::pending_for(flow.store, by.who(), db, seen);
  REQUIRE(ok(found));
  texts out;
  for (auto const& p : *found) {
    auto const& a = p.writer.attempt;
    out.push_back(a.run + "/" + a.step + "/" + a.task + "/" + std::to_string(a.number) + ":");
    for (auto const& t : p.tables) out.back() += " " + t.table;
  }
  return out;
}

auto writes(memory_tables& db, texts const& tables) {
  return [&db, tables](metaflow::task& by) {
    for (auto const& t : tables) write_table(by, db, t, "id\n1\n");
  };
}

}  // namespace

TEST_CASE("a commit takes the attempt's own writes to that database") {
  sample_flow flow;
  memory_tables db, other{"other"};
  auto work = flow.task("1", "work", "3");
  CHECK(pending(flow, work) == texts{"1/work/3/0:"});
  write_table(work, db, "b", "id\n1\n");
  write_table(work, db, "a", "id\n1\n");
  write_table(work, db, "b", "id\n2\n");
  write_table(work, other, "c", "id\n1\n");
  CHECK(pending(flow, work) == texts{"1/work/3/0: a b"});
  CHECK(pending(flow, work, "other") == texts{"1/work/3/0: c"});
  lineage::scan_report seen;
  CHECK(metaflow::pending_for(flow.store, work.who(), "db", seen).value().back().tables.back().hash == "id\n2\n");
}

TEST_CASE("a commit takes what earlier steps wrote in the order in which they were over") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "zero", "1"), writes(db, {"z"}));
  attempt(flow.task("1", "alpha", "2"), writes(db, {"a"}));
  auto last = flow.task("1", "last", "3");
  REQUIRE(ok(last.begin()));
  write_table(last, db, "l", "id\n1\n");
  CHECK(pending(flow, last) == texts{"1/zero/1/0: z", "1/alpha/2/0: a", "1/last/3/0: l"});
}

TEST_CASE("a commit leaves alone what is not an earlier step's") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "broken", "1"), writes(db, {"broken"}), lineage::end_status::fail);
  auto killed = flow.task("1", "killed", "2");
  REQUIRE(ok(killed.begin()));
  write_table(killed, db, "killed", "id\n1\n");
  attempt(flow.task("1", "retried", "3", 0), writes(db, {"first"}), lineage::end_status::fail);
  attempt(flow.task("1", "retried", "3", 1), writes(db, {"second"}));
  attempt(flow.task("2", "work", "1"), writes(db, {"other_run"}));
  attempt(flow.task("1", "work", "4", 0, {}, {0}), writes(db, {"sibling"}));

  auto beside = flow.task("1", "branch", "6");
  REQUIRE(ok(beside.begin()));
  auto work = flow.task("1", "work", "5", 0, {}, {1});
  REQUIRE(ok(work.begin()));
  write_table(work, db, "own", "id\n1\n");
  // A branch that is over before we ask was under way when this task began: its successors may want its writes.
  write_table(beside, db, "beside", "id\n1\n");
  REQUIRE(ok(beside.end(lineage::end_status::ok, {})));
  CHECK(pending(flow, work) == texts{"1/retried/3/1: second", "1/work/5/0: own"});
}

TEST_CASE("the writes of a foreach wait for the join") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "work", "2", 0, {}, {0}), writes(db, {"t"}));
  attempt(flow.task("1", "work", "3", 0, {}, {1}), writes(db, {"t"}));
  auto join = flow.task("1", "join", "4");
  REQUIRE(ok(join.begin()));
  CHECK(pending(flow, join) == texts{"1/work/2/0: t", "1/work/3/0: t", "1/join/4/0:"});
}

TEST_CASE("a resumed run takes what its origin left to commit and nothing that it did again") {
  sample_flow flow;
  memory_tables db;
  attempt(flow.task("1", "kept", "1"), writes(db, {"kept"}));
  attempt(flow.task("1", "again", "2"), writes(db, {"old"}));
  attempt(flow.task("2", "again", "1", 0, "1"), writes(db, {"new"}));
  auto last = flow.task("2", "last", "2", 0, "1");
  REQUIRE(ok(last.begin()));
  CHECK(pending(flow, last) == texts{"1/kept/1/0: kept", "2/again/1/0: new", "2/last/2/0:"});
}

TEST_CASE("a program that records no begin takes what ended well before it asks") {
  sample_flow flow;
  memory_tables db;
  auto first = flow.task("1", "first", "1");
  write_table(first, db, "t", "id\n1\n");
  CHECK(pending(flow, flow.task("1", "second", "2")) == texts{"1/first/1/0: t", "1/second/2/0:"});
}
