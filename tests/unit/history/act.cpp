#include <waybill/history/act.hpp>

#include <waybill/history/savepoint.hpp>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

error refused(history::dataset const& d, std::string_view kind, std::string_view intention) {
  auto v = json::parse(intention).value();
  if (auto* const token = v.find("content")) *token = token_content(*token->as_string());
  return failure(history::act(d, kind, v, somebody()));
}

void undo(history::dataset& d, std::string_view hash) {
  auto done = history::undo(d, hash, somebody());
  REQUIRE(ok(done));
  d = std::move(done->made.after);
}

}  // namespace

TEST_CASE("an action that cannot be done is told with its reason and place") {
  auto const d = dataset_of("U", {file("a", "A1")});
  CHECK(refused(d, "File.add", R"({"key":"a","content":"A2"})").code == errc::exists);
  CHECK(refused(d, "File.replace", R"({"key":"b","content":"A2"})").code == errc::missing);
  CHECK(refused(d, "File.remove", R"({"key":"b"})").path == "b");
  CHECK(refused(d, "Meta.unset", R"({"key":"a","name":"x"})").path == "a#x");
  CHECK(refused(d, "File.copy", R"({"key":"a"})").code == errc::unknown_action);
  CHECK(refused(d, "File.copy", R"({"key":"a"})").code == condition::refused);
  CHECK(refused(d, "File.add", R"({"key":"c","content":"C","metadata":{}})").code == errc::usage);
  CHECK(refused(d, "File.add", R"({"key":"c"})").path == "/content");
  CHECK(refused(d, "Package.apply", R"({"changes":[{"key":"File.remove","params":{"key":"a"}},
                                                    {"key":"File.remove","params":{"key":"a"}}]})")
            .code == errc::missing);
}

TEST_CASE("counters never go back so that no action is done twice under one hash") {
  auto d = dataset_of("U", {});
  auto const first = act_on(d, "File.add", R"({"key":"a","content":"A"})");
  d = history::revert(d, "U:0", somebody())->made.after;
  CHECK(act_on(d, "File.add", R"({"key":"a","content":"A"})") != first);
  CHECK(d.line.effective.front().what->seq == 2);
}

TEST_CASE("an undo of each kind puts back what was there") {
  auto const start = dataset_of("U", {file("a", "A1", R"({"user_meta":{"l":"cat"},"more":1})"), file("b", "B1")});
  struct {
    char const* kind;
    char const* intention;
  } const cases[] = {
      {"File.add", R"({"key":"c","content":"C1","meta":{"x":1}})"},
      {"File.replace", R"({"key":"a","content":"A2"})"},
      {"File.remove", R"({"key":"a"})"},
      {"File.move", R"({"key":"a","to":"z/a"})"},
      {"Meta.set", R"({"key":"a","name":"l","value":"dog"})"},
      {"Meta.set", R"({"key":"b","name":"new","value":1})"},
      {"Meta.unset", R"({"key":"a","name":"l"})"},
      {"Meta.set", R"({"name":"version","value":2})"},
      {"Meta.set", R"({"key":"dir/","name":"n","value":null})"},
      {"Package.apply", R"({"changes":[{"key":"File.remove","params":{"key":"a"}},
                            {"key":"File.move","params":{"key":"b","to":"a"}},
                            {"key":"Meta.set","params":{"key":"a","name":"n","value":1}}]})"},
  };
  for (auto const& c : cases) {
    INFO(c.kind << c.intention);
    auto d = start;
    auto const hash = act_on(d, c.kind, c.intention);
    auto const between = act_on(d, "Dataset.edit", R"({"description":"x"})");
    CHECK(shown(d.files) + json::compact(d.files.meta()) + std::to_string(d.files.directories().size()) !=
          shown(start.files) + json::compact(start.files.meta()) + "0");
    undo(d, hash.substr(0, 12));
    CHECK(shown(d.files) == shown(start.files));
    CHECK(d.files.meta() == start.files.meta());
    CHECK(d.files.directories().empty());
    CHECK(d.line.effective.size() == 3);
    CHECK(code_of(history::undo(d, between, somebody())) == "refused");
  }
}

TEST_CASE("an undo meets what was done since and knows only effective actions") {
  auto d = dataset_of("U", {});
  auto const add = act_on(d, "File.add", R"({"key":"a","content":"A1"})");
  auto const same = act_on(d, "File.add", R"({"key":"a","content":"A1"})");
  CHECK(code_of(history::undo(d, same, somebody())) == "refused");
  act_on(d, "File.replace", R"({"key":"a","content":"A2"})");
  auto const e = failure(history::undo(d, add, somebody()));
  CHECK(e.code == errc::changed);
  CHECK(e.path == "a");
  CHECK(code_of(history::undo(d, "000003", somebody())) == "unknown_action");
  CHECK(code_of(history::undo(d, "", somebody())) == "unknown_action");
}

TEST_CASE("an undo travels with a merge and a revert does not") {
  auto up = dataset_of("U", {file("a", "A1")});
  auto fork = forked(up, "F");
  auto const replace = act_on(fork, "File.replace", R"({"key":"a","content":"A2"})");
  up = history::merge(up, fork, {}, somebody())->made.after;
  CHECK(shown(up.files) == "a=A2");
  auto const reverted = history::revert(fork, "F:0", somebody())->made.after;
  CHECK(history::merge(up, reverted, {}, somebody())->report.status == history::merge_status::nothing);
  undo(fork, replace);
  CHECK(shown(history::merge(up, fork, {}, somebody())->made.after.files) == "a=A1");
}
