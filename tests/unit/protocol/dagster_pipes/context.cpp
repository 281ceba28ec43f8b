#include <waybill/protocol/dagster_pipes/context.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;

result<d::context> read(std::string_view text) { return d::read_context(json::parse(text).value(), "CONTEXT"); }

TEST_CASE("Every field of a context is read", "[dagster]") {
  auto const c = read(R"({"asset_keys":["a\\/b/c","demo"],"code_version_by_asset_key":{"demo":"7","a\\/b/c":null},
    "provenance_by_asset_key":{"a\\/b/c":null,
      "demo":{"code_version":"6","input_data_versions":{"up":"v1"},"is_user_provided":true}},
    "partition_key":"2026-01-01","partition_key_range":{"start":"2026-01-01","end":"2026-01-02"},
    "partition_time_window":{"start":"2026-01-01T00:00:00+00:00","end":"2026-01-03T00:00:00+00:00"},
    "run_id":"r1","job_name":"j","retry_number":2,"extras":{"x":1.0,"y":null}})")
                     .value();
  CHECK(c.asset_keys == std::vector<std::string>{"a\\/b/c", "demo"});
  CHECK(c.code_version_by_asset_key.at("demo") == "7");
  CHECK_FALSE(c.code_version_by_asset_key.at("a\\/b/c"));
  CHECK_FALSE(c.provenance_by_asset_key.at("a\\/b/c"));
  auto const& made = c.provenance_by_asset_key.at("demo").value();
  CHECK(made.code_version == "6");
  CHECK(made.input_data_versions.at("up") == "v1");
  CHECK(made.is_user_provided);
  CHECK(c.partition_key == "2026-01-01");
  CHECK(c.partition_key_range->end == "2026-01-02");
  CHECK(c.partition_time_window->end == "2026-01-03T00:00:00+00:00");
  CHECK(c.run_id == "r1");
  CHECK(c.job_name == "j");
  CHECK(c.retry_number == 2);
  CHECK(json::compact(c.extras) == R"({"x":1.0,"y":null})");
}

TEST_CASE("An op has a context without assets", "[dagster]") {
  auto const c = read(R"({"asset_keys":null,"code_version_by_asset_key":null,"provenance_by_asset_key":null,
    "partition_key":null,"partition_key_range":null,"partition_time_window":null,"run_id":"r","job_name":null,
    "retry_number":0,"extras":{}})")
                     .value();
  CHECK(c.asset_keys.empty());
  CHECK_FALSE(c.job_name);
  CHECK_FALSE(c.partition_key_range);
}

TEST_CASE("A context without a run or with fields of other types is an error at its place", "[dagster]") {
  CHECK(failure(read(R"({"extras":{}})")).path == "CONTEXT/run_id");
  CHECK(failure(read(R"({"run_id":"r","extras":[]})")).path == "CONTEXT/extras");
  CHECK(failure(read(R"({"run_id":"r","asset_keys":[1]})")).path == "CONTEXT/asset_keys/0");
  CHECK(failure(read(R"({"run_id":"r","code_version_by_asset_key":{"a":1}})")).path ==
        "CONTEXT/code_version_by_asset_key");
  CHECK(failure(read(R"({"run_id":"r","partition_key_range":{"start":"a"}})")).path == "CONTEXT/partition_key_range");
  CHECK(failure(read(R"({"run_id":"r","provenance_by_asset_key":{"a":7}})")).path == "CONTEXT/provenance_by_asset_key");
  CHECK(code_of(read("[]")) == "wrong_type");
}

}  // namespace
