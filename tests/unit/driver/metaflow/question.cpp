#include <waybill/driver/metaflow/question.hpp>

#include "sample_task.hpp"
#include "unit/lineage/samples.hpp"

using namespace waybill_test;

namespace {

using texts = std::vector<std::string>;

/// `run/step: flow.task` of each answer.
texts uses(lineage::record_store const& store, metaflow::question const& asked) {
  lineage::scan_report seen;
  auto const found = metaflow::find_uses(store, asked, seen);
  REQUIRE(ok(found));
  texts out;
  for (auto const& step : *found) {
    out.push_back(step.place + ":");
    for (auto const& u : step.uses) out.back() += " " + u.record.attempt.flow + "." + u.record.attempt.task;
  }
  return out;
}

std::string refusal(lineage::record_store const& store, metaflow::question const& asked) {
  lineage::scan_report seen;
  return code_of(metaflow::find_uses(store, asked, seen));
}

lineage::record_store sample_store() {
  lineage::record_store store{any_store{memory_store{}}};
  auto elsewhere = read_of({"F", "1", "work", "5", 0}, "t", "c", "h");
  std::get<lineage::table_version>(elsewhere.data).db = "elsewhere";
  REQUIRE(ok(store.append(std::vector{
      read_of({"F", "1", "start", "1", 0}, "t", "c", "h"), read_of({"F", "1", "work", "2", 0}, "t", "c", "h"),
      read_of({"F", "1", "work", "3", 0}, "t", "c", "h"), elsewhere, read_of({"F", "2", "work", "2", 0}, "t", "c", "h"),
      read_of({"G", "1", "work", "4", 0}, "t", "c", "h"), write_of({"F", "1", "work", "2", 0}, "w")})));
  return store;
}

}  // namespace

TEST_CASE("uses are answered by run and step") {
  auto const store = sample_store();
  CHECK(uses(store, {.flow = "F"}) == texts{"1/start: F.1", "1/work: F.2 F.3 F.5", "2/work: F.2"});
  CHECK(uses(store, {.flow = "F", .runs = {"1"}, .steps = {"start"}}) == texts{"1/start: F.1"});
  CHECK(uses(store, {.runs = {"F/2", "G/1"}}) == texts{"1/work: G.4", "2/work: F.2"});
  CHECK(uses(store, {.runs = {"2", "2"}}) == texts{"2/work: F.2"});
  CHECK(uses(store, {.runs = {"1"}, .steps = {"work"}}) == texts{"1/work: F.2 F.3 F.5 G.4"});
  CHECK(uses(store, {.kind = lineage::record_kind::write}) == texts{"1/work: F.2"});
  CHECK(uses(store, {.flow = "F", .db = "elsewhere"}) == texts{"1/work: F.5"});
  CHECK(uses(store, {.flow = "none"}).empty());
}

TEST_CASE("a run that is named and has no records is an error") {
  auto const store = sample_store();
  CHECK(refusal(store, {.runs = {"F/3"}}) == "object_not_found");
  CHECK(refusal(store, {.flow = "F", .runs = {"1", "3"}}) == "object_not_found");
  CHECK(refusal(store, {.runs = {"3"}}) == "object_not_found");
}

TEST_CASE("a run's text names a run of that flow") {
  auto const store = sample_store();
  CHECK(refusal(store, {.flow = "G", .runs = {"F/1"}}) == "usage");
  CHECK(refusal(store, {.runs = {""}}) == "usage");
  CHECK(refusal(store, {.runs = {"F/1/start"}}) == "usage");
  auto const found = metaflow::select_runs("F", {"1", "F/2"});
  REQUIRE(ok(found));
  REQUIRE(found->size() == 1);
  CHECK(found->front().runs == texts{"1", "2"});
}
