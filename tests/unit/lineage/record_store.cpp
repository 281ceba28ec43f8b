#include <waybill/lineage/record_store.hpp>

#include <waybill/lineage/record_line.hpp>
#include <waybill/store/memory.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "../store/faulty.hpp"
#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

struct in_directory {
  record_store operator()() const { return record_store::open_directory((home / "r").string(), true).value(); }
  temporary_directory home;
};

struct in_objects {
  record_store operator()() const { return record_store{any_store{store}, ".waybill/lineage/"}; }
  memory_store store;
};

run_record begin_of(attempt_id who) { return record_of(record_kind::begin, std::move(who)); }

std::vector<run_record> some_records() {
  attempt_id const a{"F", "1", "start", "1", 0}, b{"F", "1", "work", "2", 0}, c{"F", "10", "work", "2", 1};
  return {begin_of(a), read_of(a, "t", "c1", "h1"),      end_of(a), begin_of(b), end_of(b), begin_of(c),
          begin_of(a), begin_of({"G", "1", "s", "t", 0})};
}

std::vector<std::string> runs_of(record_store const& store, run_selection const& which) {
  std::vector<std::string> out;
  scan_report report;
  auto const visit = [&](run_log const& log) -> result<void> {
    out.push_back(log.name.flow + "/" + log.name.run + " " + std::to_string(log.records.size()));
    return {};
  };
  REQUIRE(ok(store.for_each_run(which, visit, report)));
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEMPLATE_TEST_CASE("records are read back by run in the order of each attempt", "[lineage]", in_directory, in_objects) {
  TestType make;
  auto store = make();
  auto const records = some_records();
  REQUIRE(ok(store.append(records)));
  scan_report report;
  auto const log = store.read_run({"F", "1"}, report).value();
  for (auto const& who : {records[0].attempt, records[3].attempt}) {
    std::vector<run_record> mine, expected;
    auto const of_it = [&](run_record const& r) { return r.attempt == who; };
    std::ranges::copy_if(log.records, std::back_inserter(mine), of_it);
    std::ranges::copy_if(records, std::back_inserter(expected), of_it);
    CHECK(mine == expected);
  }
  CHECK(log.records.size() == 6);
  CHECK(report.runs == 1);
  CHECK(report.records == 6);
  CHECK(report.damaged_lines == 0);
  CHECK(store.read_run({"F", "2"}, report).value().records.empty());
  CHECK(report.runs == 1);
}

TEMPLATE_TEST_CASE("runs are visited by flow and name", "[lineage]", in_directory, in_objects) {
  TestType make;
  auto store = make();
  CHECK(runs_of(store, {}).empty());
  REQUIRE(ok(store.append(some_records())));
  auto all = runs_of(store, {});
  std::ranges::sort(all);
  CHECK(all == texts{"F/1 6", "F/10 1", "G/1 1"});
  auto of_flow = runs_of(store, {.flow = "F", .runs = {}});
  std::ranges::sort(of_flow);
  CHECK(of_flow == texts{"F/1 6", "F/10 1"});
  CHECK(runs_of(store, {.flow = {}, .runs = {"10", "77"}}) == texts{"F/10 1"});
  CHECK(runs_of(store, {.flow = "G", .runs = {"1"}}) == texts{"G/1 1"});
  CHECK(runs_of(store, {.flow = "H", .runs = {}}).empty());
}

TEMPLATE_TEST_CASE("a record that cannot be kept leaves those beside it unwritten", "[lineage]", in_directory,
                   in_objects) {
  TestType make;
  auto store = make();
  attempt_id const who{"F", "1", "s", "t", 0};
  auto const records = std::vector{begin_of(who), record_of(record_kind::read, who)};
  CHECK(code_of(store.append(records)) == "usage");
  CHECK(runs_of(store, {}).empty());
}

TEMPLATE_TEST_CASE("threads that record one run or one attempt at once lose nothing", "[lineage]", in_directory,
                   in_objects) {
  TestType make;
  auto store = make();
  constexpr int threads = 8, each = 25;
  std::atomic<int> failed = 0;
  std::vector<std::jthread> workers;
  for (int t = 0; t < threads; ++t)
    workers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        // Two share an attempt, as two commands of one step may.
        auto const r = std::vector{read_of({"F", "1", "work", std::to_string(t / 2), 0},
                                           std::to_string(t) + "-" + std::to_string(i), "c", "h")};
        if (!store.append(r)) ++failed;
      }
    });
  workers.clear();
  CHECK(failed == 0);
  scan_report report;
  std::set<std::string> seen;
  for (auto const& r : store.read_run({"F", "1"}, report).value().records) seen.insert(r.table()->table);
  CHECK(seen.size() == threads * each);
  CHECK(report.records == threads * each);
  CHECK(report.damaged_lines == 0);
}

TEST_CASE("a torn tail is skipped and reported and later records are kept") {
  in_directory make;
  auto store = make();
  attempt_id const who{"F", "1", "s", "t", 0};
  auto const first = std::vector{begin_of(who)}, second = std::vector{end_of(who)};
  REQUIRE(ok(store.append(first)));
  auto const path = make.home / "r/F/1.jsonl";
  auto const whole = read_file(path);
  write_file(path, whole + whole.substr(0, whole.size() / 2));
  scan_report torn;
  CHECK(store.read_run({"F", "1"}, torn).value().records == first);
  REQUIRE(torn.damaged_lines == 1);
  CHECK(torn.damaged[0].key == "F/1.jsonl");
  CHECK(torn.damaged[0].line == 2);
  CHECK(torn.damaged[0].why.code == errc::corrupt_state);
  REQUIRE(ok(store.append(second)));
  scan_report later;
  CHECK(store.read_run({"F", "1"}, later).value().records == std::vector{first[0], second[0]});
  CHECK(later.damaged_lines == 1);
}

TEST_CASE("damage in the middle and records of other runs are skipped and reported") {
  in_directory make;
  auto store = make();
  attempt_id const who{"F", "1", "s", "t", 0};
  auto const good = record_line(begin_of(who)).value();
  auto const stranger = record_line(begin_of({"F", "2", "s", "t", 0})).value();
  write_file(make.home / "r/F/1.jsonl", good + std::string(100, '\0') + "\n\n" + stranger + good);
  write_file(make.home / "r/F/notes.txt", "not a record");
  scan_report report;
  CHECK(store.read_run({"F", "1"}, report).value().records.size() == 2);
  CHECK(report.damaged_lines == 3);
  REQUIRE(report.damaged.size() == 3);
  CHECK(report.damaged[2].line == 4);
  CHECK(runs_of(store, {}) == texts{"F/1 2"});
}

TEST_CASE("an attempt is one object however often it is added to") {
  in_objects make;
  auto store = make();
  attempt_id const who{"F", "1", "s", "t", 3};
  for (auto const& r : {begin_of(who), read_of(who, "t", "c", "h"), end_of(who)})
    REQUIRE(ok(store.append(std::vector{r})));
  texts keys;
  REQUIRE(make.store.list("", [&](object_info const& o) -> result<void> {
    keys.push_back(o.key);
    return {};
  }));
  CHECK(keys == texts{".waybill/lineage/F/1/s/t.3.jsonl"});
}

TEST_CASE("a swap whose answer was lost is not made twice") {
  auto plan = std::make_shared<fault_plan>();
  record_store store{any_store{faulty{memory_store{}, plan}}};
  attempt_id const who{"F", "1", "s", "t", 0};
  bool once = true;
  plan->after = [&](std::string_view operation, std::string_view) -> std::optional<error> {
    if (operation != "swap_ref" || !std::exchange(once, false)) return std::nullopt;
    return make_error(errc::lost_race, "the first answer was lost and the repetition found another value");
  };
  REQUIRE(ok(store.append(std::vector{begin_of(who)})));
  scan_report report;
  CHECK(store.read_run({"F", "1"}, report).value().records.size() == 1);
  plan->after = nullptr;
  plan->before = [&](std::string_view operation, std::string_view) -> std::optional<error> {
    return operation == "swap_ref" ? std::optional{make_error(errc::lost_race, "always")} : std::nullopt;
  };
  CHECK(code_of(store.append(std::vector{end_of(who)})) == "lost_race");
}

TEST_CASE("a store that does not answer is an error and no empty answer") {
  auto plan = std::make_shared<fault_plan>();
  record_store store{any_store{faulty{memory_store{}, plan}}};
  REQUIRE(ok(store.append(some_records())));
  scan_report report;
  for (std::string_view const failing : {"list", "open"}) {
    plan->before = [&](std::string_view operation, std::string_view key) -> std::optional<error> {
      return operation == failing ? std::optional{passing_failure(key)} : std::nullopt;
    };
    CHECK(code_of(store.read_run({"F", "1"}, report)) == "temporary");
    CHECK(code_of(store.for_each_run({}, [](run_log const&) -> result<void> { return {}; }, report)) == "temporary");
  }
}

TEMPLATE_TEST_CASE("the records of one attempt are read without the others", "[lineage]", in_directory, in_objects) {
  TestType make;
  auto store = make();
  auto records = some_records();
  attempt_id const odd{"F", "1", "work", "ä \"x\"", 0};
  records.push_back(begin_of(odd));
  REQUIRE(ok(store.append(records)));
  for (auto const& wanted : {records[0].attempt, records[3].attempt, records[5].attempt, odd}) {
    scan_report seen;
    auto const found = store.read_attempt(wanted, seen);
    REQUIRE(ok(found));
    std::vector<run_record> expected;
    std::ranges::copy_if(records, std::back_inserter(expected), [&](auto const& r) { return r.attempt == wanted; });
    CHECK(*found == expected);
    CHECK(seen.records == expected.size());
    CHECK(seen.damaged_lines == 0);
  }
  scan_report seen;
  CHECK(store.read_attempt({"F", "1", "none", "1", 0}, seen).value().empty());
  CHECK(store.read_attempt({"F", "77", "none", "1", 0}, seen).value().empty());
}
