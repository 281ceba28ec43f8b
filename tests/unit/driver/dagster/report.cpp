#include <waybill/driver/dagster/report.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>
#include <waybill/protocol/dagster_pipes/message.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;

/// `name:type` of each value.
std::string shape_of(dagster_pipes::metadata const& m) {
  std::string out;
  for (auto const& [label, one] : m) out += (out.empty() ? "" : " ") + label + ":" + one.type();
  return out;
}

TEST_CASE("Each member of a document is a value of its own type", "[dagster]") {
  auto const m = dagster::metadata_of(
      json::parse(
          R"({"schema":"waybill/push/1","top_hash":"ab","n":3,"x":0.5,"new":true,"tag":null,"list":[1],"o":{}})")
          .value());
  CHECK(shape_of(m) == "top_hash:text n:int x:float new:bool tag:null list:json o:json");
  CHECK(dagster::metadata_of(json::array{}).empty());
}

TEST_CASE("Long values are cut so that the message can be written at once", "[dagster]") {
  json::array rows;
  for (int i = 0; i < 5000; ++i) rows.emplace_back("row " + std::to_string(i));
  json::object document{{"rows", rows}, {"text", std::string(5000, 'x')}, {"odd", std::string(5000, '\x01')}};
  auto const m = dagster::metadata_of(document);
  REQUIRE(m.size() == 3);
  CHECK(*m[0].second.raw().as_string() == "5000 items");
  CHECK(m[1].second.raw().as_string()->ends_with("…"));
  for (int i = 0; i < 400; ++i) document.emplace_back("m" + std::to_string(i), std::string(900, '\x01'));
  auto const many = dagster::metadata_of(document);
  CHECK(many.back().first == "left_out");
  CHECK(many.size() < 20);
  auto const line = dagster_pipes::materialization_message({.asset_key = "a", .metadata = many, .data_version = "v"});
  CHECK(line.size() <= dagster_pipes::largest_message);
  CHECK(dagster::room_of(many) + 200 > line.size() - 200);
}

}  // namespace
