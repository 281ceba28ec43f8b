#include <waybill/protocol/metaflow/identity.hpp>

#include <map>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::metaflow;
using namespace waybill_test;

namespace {

using variables = std::map<std::string, std::string>;

identity_texts told(variables const& set, identity_texts given = {}) {
  return or_environment(std::move(given), [&](char const* name) -> std::optional<std::string> {
    auto const found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional{found->second};
  });
}

std::string refusal(identity_texts const& texts) {
  auto const e = failure(read_identity(texts));
  return name_of(e.code) + " " + e.path;
}

}  // namespace

TEST_CASE("a task is known by the variables of its environment") {
  auto const who = read_identity(told({{"MF_PATHSPEC", "TrainFlow/17/work/3"},
                                       {"MF_ATTEMPT", "2"},
                                       {"WAYBILL_ORIGIN_RUN", "16"},
                                       {"WAYBILL_INDEX", "[4, 0]"}}));
  REQUIRE(ok(who));
  CHECK(who->attempt == lineage::attempt_id{"TrainFlow", "17", "work", "3", 2});
  CHECK(who->origin_run == "16");
  CHECK(who->index == std::vector<std::uint64_t>{4, 0});
}

TEST_CASE("empty variables are as unset ones and the first attempt is meant") {
  auto const who = read_identity(
      told({{"MF_PATHSPEC", "F/1/s/t"}, {"MF_ATTEMPT", ""}, {"WAYBILL_ORIGIN_RUN", ""}, {"WAYBILL_INDEX", "[]"}}));
  REQUIRE(ok(who));
  CHECK(who->attempt.number == 0);
  CHECK_FALSE(who->origin_run);
  CHECK(who->index.empty());
  CHECK(read_identity(told({{"MF_PATHSPEC", "F/1/s/t"}})).value().index.empty());
}

TEST_CASE("a task that is named takes nothing from the environment of another") {
  variables const set{
      {"MF_PATHSPEC", "F/1/s/t"}, {"MF_ATTEMPT", "5"}, {"WAYBILL_INDEX", "[1]"}, {"WAYBILL_ORIGIN_RUN", "9"}};
  auto const who =
      read_identity(told(set, {.pathspec = "G/2/s/t", .attempt = {}, .origin_run = {}, .index = {}})).value();
  CHECK(who.attempt == lineage::attempt_id{"G", "2", "s", "t", 0});
  CHECK(who.index.empty());
  CHECK_FALSE(who.origin_run);
  CHECK(read_identity(told(set, {.pathspec = {}, .attempt = "7", .origin_run = {}, .index = {}}))
            .value()
            .attempt.number == 7);
}

TEST_CASE("a text that says no task is refused under its variable") {
  CHECK(refusal({}) == "usage MF_PATHSPEC");
  for (std::string const text : {"", "F", "F/1", "F/1/s", "F/1/s/t/0", "F//s/t", "/1/s/t", "F/1/s/", "F/1/s\n/t"}) {
    CAPTURE(text);
    CHECK(refusal({.pathspec = text, .attempt = {}, .origin_run = {}, .index = {}}) == "usage MF_PATHSPEC");
  }
  for (std::string const text : {"-1", "1.0", "one", " 1", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK(refusal({.pathspec = "F/1/s/t", .attempt = text, .origin_run = {}, .index = {}}) == "usage MF_ATTEMPT");
  }
  for (std::string const text : {"1", "[1", "[-1]", "[1.5]", "[\"1\"]", "[[1]]", "{}", "null"}) {
    CAPTURE(text);
    CHECK(refusal({.pathspec = "F/1/s/t", .attempt = {}, .origin_run = {}, .index = text}) == "usage WAYBILL_INDEX");
  }
  CHECK(refusal({.pathspec = "F/1/s/t", .attempt = {}, .origin_run = "F/1", .index = {}}) ==
        "usage WAYBILL_ORIGIN_RUN");
}

TEST_CASE("a record for a task says which attempt it is of and when") {
  identity const who{{"F", "1", "s", "t", 3}, {2}, "0"};
  auto const now = parse_rfc3339("2026-11-20T19:03:43Z").value();
  auto const r = record_for(who, lineage::record_kind::begin, now);
  CHECK(ok(lineage::check_record(r)));
  CHECK(r.attempt == who.attempt);
  CHECK(r.index == who.index);
  CHECK(r.origin_run == who.origin_run);
  CHECK(r.time == now);
}

TEST_CASE("a run is named by its flow and its number") {
  CHECK(parse_run("F/argo-f-1").value() == lineage::run_name{"F", "argo-f-1"});
  for (auto const* text : {"", "F", "F/", "/1", "F/1/s"}) {
    CAPTURE(text);
    CHECK(code_of(parse_run(text)) == "usage");
  }
}
