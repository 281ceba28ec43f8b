#include <waybill/driver/metaflow/answer.hpp>

#include <waybill/json/write.hpp>

#include "sample_task.hpp"
#include "unit/lineage/samples.hpp"

using namespace waybill_test;

TEST_CASE("an answer says all that is known and null for the rest") {
  auto const r = write_of({"F", "1", "work", "2", 1}, "t");
  CHECK(json::compact(metaflow::document_of(r, lineage::attempt_state::failed)) ==
        R"({"kind":"write","flow":"F","run":"1","step":"work","task":"2","attempt":1,)"
        R"("time":"2026-11-20T19:03:43.500Z",)"
        R"("table":"t","db":"db","index":[],"status":"fail","branch":null,"commit":null,"table_hash":null,)"
        R"("dirty":false,"uncommitted":true})");
  auto read = read_of({"F", "1", "work", "2", 0}, "t", "c", "h");
  read.index = {3};
  auto const told = json::compact(metaflow::document_of(read, lineage::attempt_state::ok));
  CHECK(told.find(R"("index":[3])") != std::string::npos);
  CHECK(told.find("uncommitted") == std::string::npos);
  CHECK(told.find(R"("status":"ok")") != std::string::npos);
}

TEST_CASE("answers are listed by run and step with where their rows are") {
  std::vector<metaflow::step_uses> const answers{
      {"1/work", {{write_of({"F", "1", "work", "2", 0}, "t", "c"), lineage::attempt_state::ok}}}};
  auto const plain = metaflow::document_of(answers, nullptr);
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].first == "1/work");
  CHECK(plain[0].second.as_array()->front().find("file") == nullptr);
  std::vector<std::vector<metaflow::use_rows>> const rows{{{"d/1/work/0.t.csv", {}}}}, none{{{{}, "why"}}};
  CHECK(*metaflow::document_of(answers, &rows)[0].second.as_array()->front().find("file") ==
        json::value{"d/1/work/0.t.csv"});
  auto const without = metaflow::document_of(answers, &none);
  CHECK(without[0].second.as_array()->front().find("file")->is_null());
  CHECK(*without[0].second.as_array()->front().find("no_rows") == json::value{"why"});
}

TEST_CASE("a commit's answer names conflicts and lost writes") {
  metaflow::commit_report done;
  done.records.push_back(write_of({"F", "1", "a", "1", 0}, "t", "c"));
  done.conflicts.push_back({{"F", "1", "a", "1", 0}, "t"});
  done.lost.push_back({{"F", "1", "b", "2", 1}, "u"});
  auto const told = json::compact(metaflow::document_of(done));
  CHECK(told.find(R"("conflicts":[{"table":"t","step":"a","task":"1","attempt":0}])") != std::string::npos);
  CHECK(told.find(R"("lost":[{"table":"u","step":"b","task":"2","attempt":1}])") != std::string::npos);
}

TEST_CASE("a difference says which run read what") {
  lineage::input_difference const d{{"db", "t", ""},
                                    {{{"h1"}, {{"F", "1"}}}, {{"h2", "h3"}, {{"G", "2"}}}, {{}, {{"H", "3"}}}}};
  CHECK(json::compact(metaflow::document_of(d)) ==
        R"({"table":"t","db":"db","versions":[{"contents":["h1"],"runs":["F/1"]},)"
        R"({"contents":["h2","h3"],"runs":["G/2"]},{"contents":[],"runs":["H/3"]}]})");
  CHECK(json::compact(metaflow::document_of(lineage::input_difference{{"", "ns/p", ""}, {}})) ==
        R"({"package":"ns/p","versions":[]})");
}

TEST_CASE("damage is listed with its place") {
  lineage::scan_report seen;
  seen.damaged.push_back({"F/1.jsonl", 3, make_error(errc::corrupt_state, "cut off")});
  auto const told = metaflow::damage_of(seen);
  REQUIRE(told.size() == 1);
  CHECK(*told[0].find("key") == json::value{"F/1.jsonl"});
  CHECK(told[0].find("line")->as_number()->text == "3");
}
