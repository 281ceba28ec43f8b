#include <waybill/lineage/query.hpp>

#include <waybill/store/memory.hpp>

#include <algorithm>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

using texts = std::vector<std::string>;

record_store store_with(std::vector<run_record> const& records) {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(records)));
  return store;
}

/// `run: run/step/task/attempt table@commit state` of each answer, sorted.
struct answers {
  texts lines;
  found_visitor note() {
    return [this](found_record const& f) -> result<void> {
      auto const& a = f.record.attempt;
      constexpr std::array<char const*, 3> states{"ok", "failed", "unfinished"};
      auto const* t = f.record.table();
      lines.push_back(f.asked.run + ": " + a.run + "/" + a.step + "/" + a.task + "/" + std::to_string(a.number) + " " +
                      (t != nullptr ? t->table + "@" + t->commit.value_or("-") : f.record.package()->top_hash) + " " +
                      states[static_cast<std::size_t>(f.state)]);
      return {};
    };
  }
  texts sorted() {
    std::ranges::sort(lines);
    return lines;
  }
};

texts uses(record_store const& store, record_query const& query) {
  answers out;
  scan_report report;
  REQUIRE(ok(for_each_use(store, query, out.note(), report)));
  return out.sorted();
}

attempt_id in_run(std::string run, std::string step, std::string task, std::uint64_t number = 0) {
  return {"F", std::move(run), std::move(step), std::move(task), number};
}

run_record at(run_record r, std::vector<std::uint64_t> index, std::optional<std::string> origin = {}) {
  r.index = std::move(index);
  r.origin_run = std::move(origin);
  return r;
}

}  // namespace

TEST_CASE("reads are answered by flow and run and step") {
  auto const store =
      store_with({read_of(in_run("1", "start", "1"), "t", "c1", "h"), read_of(in_run("1", "work", "2"), "u", "c1", "h"),
                  read_of(in_run("2", "start", "1"), "t", "c2", "h"), write_of(in_run("2", "start", "1"), "w", "c3"),
                  read_of({"G", "1", "start", "1", 0}, "g", "c4", "h")});
  CHECK(uses(store, {}).size() == 4);
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"1"}}, .steps = {"work"}}) == texts{"1: 1/work/2/0 u@c1 ok"});
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"1", "2", "3"}}, .steps = {"start"}}) ==
        texts{"1: 1/start/1/0 t@c1 ok", "2: 2/start/1/0 t@c2 ok"});
  CHECK(uses(store, {.runs = {.flow = {}, .runs = {"1"}}, .steps = {"start"}}) ==
        texts{"1: 1/start/1/0 g@c4 ok", "1: 1/start/1/0 t@c1 ok"});
  CHECK(uses(store, {.kind = record_kind::write}) == texts{"2: 2/start/1/0 w@c3 ok"});
}

TEST_CASE("each task of a foreach answers and failed attempts only on request") {
  std::vector<run_record> records;
  for (std::uint64_t i = 0; i < 20; ++i) {
    auto const task = std::to_string(100 - i);
    records.push_back(at(read_of(in_run("1", "work", task), "t", "c", "h"), {i}));
    records.push_back(end_of(in_run("1", "work", task), i == 7 ? end_status::fail : end_status::ok));
    if (i != 7) continue;
    records.push_back(at(read_of(in_run("1", "work", task, 1), "t", "c", "h"), {i}));
    records.push_back(end_of(in_run("1", "work", task, 1)));
  }
  auto const store = store_with(records);
  auto const good = uses(store, {});
  CHECK(good.size() == 20);
  CHECK(std::ranges::count(good, "1: 1/work/93/1 t@c ok") == 1);
  auto const all = uses(store, {.attempts = {attempt_choice::kind::all, 0}});
  CHECK(all.size() == 21);
  CHECK(std::ranges::count(all, "1: 1/work/93/0 t@c failed") == 1);
  CHECK(uses(store, {.attempts = {attempt_choice::kind::numbered, 1}}) == texts{"1: 1/work/93/1 t@c ok"});
}

TEST_CASE("a task that was killed answers only on request") {
  auto const who = in_run("1", "work", "2");
  auto const store = store_with({record_of(record_kind::begin, who), read_of(who, "t", "c", "h")});
  CHECK(uses(store, {}).empty());
  CHECK(uses(store, {.attempts = {attempt_choice::kind::all, 0}}) == texts{"1: 1/work/2/0 t@c unfinished"});
}

TEST_CASE("a resumed run answers with what its origins finished and it did not do again") {
  auto const store = store_with({
      read_of(in_run("1", "start", "1"), "s", "c1", "h"),
      at(read_of(in_run("1", "work", "2"), "a", "c1", "h"), {0}),
      at(read_of(in_run("1", "work", "3"), "b", "c1", "h"), {1}),
      at(end_of(in_run("1", "work", "3"), end_status::fail), {1}),
      at(read_of(in_run("2", "work", "9"), "b", "c2", "h"), {1}, "1"),
      read_of(in_run("2", "join", "10"), "j", "c2", "h"),
      at(read_of(in_run("3", "join", "4"), "j", "c3", "h"), {}, "2"),
  });
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"2"}}}) ==
        texts{"2: 1/start/1/0 s@c1 ok", "2: 1/work/2/0 a@c1 ok", "2: 2/join/10/0 j@c2 ok", "2: 2/work/9/0 b@c2 ok"});
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"3"}}}) ==
        texts{"3: 1/start/1/0 s@c1 ok", "3: 1/work/2/0 a@c1 ok", "3: 2/work/9/0 b@c2 ok", "3: 3/join/4/0 j@c3 ok"});
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"1"}}}) ==
        texts{"1: 1/start/1/0 s@c1 ok", "1: 1/work/2/0 a@c1 ok"});
}

TEST_CASE("runs that name each other as origins end the search") {
  auto const store = store_with({at(read_of(in_run("1", "a", "1"), "s", "c1", "h"), {}, "2"),
                                 at(read_of(in_run("2", "b", "1"), "t", "c1", "h"), {}, "1")});
  CHECK(uses(store, {.runs = {.flow = "F", .runs = {"1"}}}) == texts{"1: 1/a/1/0 s@c1 ok", "1: 2/b/1/0 t@c1 ok"});
}

TEST_CASE("a write that was committed later counts once and keeps its writer") {
  auto committed = write_of(in_run("1", "work", "2"), "t", "c1");
  committed.committed_by = committer{"join", "3", 0, {}};
  auto const store = store_with({write_of(in_run("1", "work", "2"), "t"), write_of(in_run("1", "work", "2"), "lost"),
                                 committed, end_of(in_run("1", "work", "2"))});
  CHECK(uses(store, {.kind = record_kind::write}) == texts{"1: 1/work/2/0 lost@- ok", "1: 1/work/2/0 t@c1 ok"});
}

TEST_CASE("writes without a commit are listed whatever became of the attempt") {
  auto package = record_of(record_kind::write, in_run("1", "work", "2"));
  package.data = package_version{"ns/n", "abc"};
  auto const store =
      store_with({write_of(in_run("1", "work", "2"), "t"), write_of(in_run("1", "work", "2"), "t", "c1"),
                  write_of(in_run("1", "work", "2"), "u"), package, write_of(in_run("1", "work", "3"), "t"),
                  end_of(in_run("1", "work", "3"), end_status::fail)});
  answers out;
  scan_report report;
  REQUIRE(ok(for_each_uncommitted(store, {.flow = "F", .runs = {}}, out.note(), report)));
  CHECK(out.sorted() == texts{"1: 1/work/2/0 u@- ok", "1: 1/work/3/0 t@- failed"});
}

TEST_CASE("who wrote a version is found in all runs") {
  auto package = record_of(record_kind::write, in_run("5", "pack", "2"));
  package.data = package_version{"ns/n", "abc"};
  auto const store =
      store_with({write_of(in_run("1", "work", "2"), "t", "c1"), write_of(in_run("1", "work", "2"), "u", "c1"),
                  read_of(in_run("2", "work", "2"), "t", "c1", "h"), write_of(in_run("3", "work", "2"), "t"), package});
  auto const writers = [&](std::variant<table_version, package_version> const& what) {
    answers out;
    scan_report report;
    REQUIRE(ok(who_wrote(store, what, out.note(), report)));
    return out.sorted();
  };
  CHECK(writers(table_version{.db = "db", .table = "t", .commit = "c1"}) == texts{"1: 1/work/2/0 t@c1 ok"});
  CHECK(writers(package_version{"ns/n", "abc"}) == texts{"5: 5/pack/2/0 abc ok"});
  answers none;
  scan_report report;
  auto const asked = [&](table_version const& t) { return code_of(who_wrote(store, t, none.note(), report)); };
  CHECK(asked({.db = "db", .table = "t", .commit = "c9"}) == "version_not_found");
  CHECK(asked({.db = "elsewhere", .table = "t", .commit = "c1"}) == "version_not_found");
  CHECK(asked({.db = "db", .table = "t"}) == "usage");
  CHECK(none.lines.empty());
}

TEST_CASE("an error of the visitor ends a query and a run nobody knows is one") {
  auto const store =
      store_with({read_of(in_run("1", "a", "1"), "s", "c", "h"), read_of(in_run("2", "a", "1"), "s", "c", "h")});
  int calls = 0;
  auto const stop = [&](found_record const&) -> result<void> {
    ++calls;
    return make_error(errc::interrupted, "enough");
  };
  scan_report report;
  CHECK(code_of(for_each_use(store, {}, stop, report)) == "interrupted");
  CHECK(calls == 1);
  CHECK(code_of(for_each_use_of(store, {"F", "77"}, {}, stop, report)) == "object_not_found");
}
