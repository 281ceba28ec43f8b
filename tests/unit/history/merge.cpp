#include <waybill/history/merge.hpp>

#include <waybill/history/savepoint.hpp>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

using hashes = std::vector<std::string>;

history::merge_result merged(history::dataset const& into, history::dataset const& from,
                             history::merge_options const& options = {}) {
  auto out = history::merge(into, from, options, somebody());
  REQUIRE(ok(out));
  return std::move(*out);
}

std::string reason(history::merge_result const& r) {
  return r.report.failed ? name_of(make_error_code(r.report.failed->why.reason)) + " at " + r.report.failed->why.at
                         : "";
}

}  // namespace

TEST_CASE("a merge that changes nothing makes no records") {
  auto const up = dataset_of("U", {file("a", "A1")});
  auto fork = forked(up, "F");
  CHECK(merged(up, fork).made.records.empty());
  act_on(fork, "File.remove", R"({"key":"a"})");
  auto changed = up;
  act_on(changed, "File.replace", R"({"key":"a","content":"A2"})");
  CHECK(reason(merged(changed, fork)) == "changed at a");
  CHECK(merged(changed, fork).made.records.empty());
  CHECK(merged(changed, fork, {.autorollback = false}).made.records.empty());
  // What is skipped for good is worth one.
  auto const empty = json::value{json::object{{"hash", json::array{}}}};
  auto const remembered = merged(up, fork, {.filter = empty, .remember = true});
  CHECK(remembered.made.records.size() == 1);
  CHECK(merged(remembered.made.after, fork, {.filter = empty, .remember = true}).made.records.empty());
}

TEST_CASE("a squash heals a conflict of an early action by a later one") {
  auto up = dataset_of("U", {file("a", "A1"), file("b", "B1")});
  auto fork = forked(up, "F");
  hashes all{act_on(fork, "File.add", R"({"key":"new","content":"X1"})"),
             act_on(fork, "File.move", R"({"key":"new","to":"new-2"})"),
             act_on(fork, "File.replace", R"({"key":"a","content":"A2"})"),
             act_on(fork, "File.replace", R"({"key":"a","content":"A3"})"),
             act_on(fork, "File.remove", R"({"key":"b"})"),
             act_on(fork, "File.add", R"({"key":"b","content":"B1"})")};
  act_on(up, "File.add", R"({"key":"new","content":"X2"})");
  act_on(up, "File.replace", R"({"key":"b","content":"B9"})");
  CHECK(reason(merged(up, fork)) == "exists at new");
  auto const squashed = merged(up, fork, {.squash = true});
  CHECK(reason(squashed) == "");
  CHECK(squashed.report.applied == all);
  CHECK(shown(squashed.made.after.files) == "a=A3 b=B9 new=X2 new-2=X1");
  CHECK(squashed.made.records.size() == 2);
  // What it stands for is common from then on, and goes with it.
  CHECK(merged(squashed.made.after, fork).report.common == all);
  auto const third = forked(dataset_of("U", {file("a", "A1"), file("b", "B1")}), "G");
  auto const onward = merged(third, squashed.made.after);
  CHECK(merged(onward.made.after, fork).report.common == all);
  auto const gone = history::revert(squashed.made.after, "U:0", somebody())->made.after;
  CHECK(merged(gone, fork).report.applied.size() == all.size());
}

TEST_CASE("a squash is all or nothing and tells the action that ends at the conflict") {
  auto up = dataset_of("U", {file("a", "A1")});
  auto fork = forked(up, "F");
  act_on(fork, "File.add", R"({"key":"b","content":"B"})");
  act_on(fork, "File.replace", R"({"key":"a","content":"A2"})");
  auto const last = act_on(fork, "File.replace", R"({"key":"a","content":"A3"})");
  act_on(up, "File.replace", R"({"key":"a","content":"A9"})");
  auto const r = merged(up, fork, {.autorollback = false, .squash = true});
  CHECK(r.report.status == history::merge_status::rolled_back);
  CHECK(reason(r) == "changed at a");
  CHECK(r.report.failed->action == last);
  CHECK(r.made.records.empty());
  CHECK(code_of(history::merge(up, fork, {.squash = true, .theirs = {"a"}}, somebody())) == "usage");
}

TEST_CASE("a net-zero fork squashes to nothing but its hashes") {
  auto const up = dataset_of("U", {file("a", "A1")});
  auto fork = forked(up, "F");
  hashes const all{act_on(fork, "File.replace", R"({"key":"a","content":"A2"})"),
                   act_on(fork, "File.replace", R"({"key":"a","content":"A1"})")};
  auto changed = up;
  act_on(changed, "File.replace", R"({"key":"a","content":"A9"})");
  auto const r = merged(changed, fork, {.squash = true});
  CHECK(r.report.satisfied == all);
  CHECK(shown(r.made.after.files) == "a=A9");
}

TEST_CASE("conflicts of chosen keys are resolved by actions in the target") {
  auto up = dataset_of("U", {file("a", "A1"), file("b", "B1"), file("c", "C1", R"({"user_meta":{"l":1}})")});
  auto fork = forked(up, "F");
  act_on(fork, "File.replace", R"({"key":"a","content":"A2"})");
  act_on(fork, "File.replace", R"({"key":"a","content":"A3"})");
  act_on(fork, "File.replace", R"({"key":"b","content":"B2"})");
  act_on(fork, "Meta.set", R"({"key":"c","name":"l","value":2})");
  act_on(up, "File.replace", R"({"key":"a","content":"A9"})");
  act_on(up, "File.remove", R"({"key":"b"})");
  act_on(up, "Meta.set", R"({"key":"c","name":"l","value":9})");
  CHECK(reason(merged(up, fork)) == "changed at a");
  CHECK(reason(merged(up, fork, {.theirs = {"a"}})) == "missing at b");
  auto const r = merged(up, fork, {.theirs = {"a"}, .ours = {"b", "c"}});
  CHECK(reason(r) == "");
  CHECK(r.report.applied.size() == 4);
  CHECK(shown(r.made.after.files) == R"(a=A3 c=C1{"user_meta":{"l":9}})");
  CHECK(r.report.resolved.size() == 4);
  for (auto const& hash : r.report.resolved) CHECK(r.made.after.line.find(hash)->what->origin == "id-U");
  CHECK(merged(r.made.after, fork).report.status == history::merge_status::nothing);
  // Where there is no conflict there is nothing to resolve.
  CHECK(shown(merged(dataset_of("U", {file("a", "A1"), file("b", "B1"), file("c", "C1", R"({"user_meta":{"l":1}})")}),
                     fork, {.ours = {"a"}})
                  .made.after.files) == R"(a=A3 b=B2 c=C1{"user_meta":{"l":2}})");
}

TEST_CASE("a report has every list and no failure where nothing failed") {
  auto const up = dataset_of("U", {});
  auto const text = json::compact(json::value{history::to_json(merged(up, forked(up, "F")).report)});
  CHECK(text ==
        R"({"status":"nothing","applied":[],"satisfied":[],"skipped":[],"remembered":[],"retracted":[],"local":[],)"
        R"("common":[],"pending":[]})");
}
