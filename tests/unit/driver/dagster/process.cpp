#include <waybill/driver/dagster/process.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>
#include <waybill/store/memory.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/pipes_parameter.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace p = waybill::dagster_pipes;

std::string encoded(json::value const& v) { return encoded_parameter(json::compact(v)); }

json::value place(std::filesystem::path const& path) { return json::object{{"path", std::string_view{path.string()}}}; }

constexpr auto step = R"({"asset_keys":["demo"],"run_id":"r","extras":{"a":1}})";

result<any_store> no_bucket(std::string const& name) { return make_error(errc::denied, "no bucket here", name); }

std::vector<std::string> methods_in(std::string const& lines) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1)
    out.push_back(*json::parse(lines.substr(at, lines.find('\n', at) - at)).value().find("method")->as_string());
  return out;
}

TEST_CASE("Outside of Dagster nothing is reported and everything succeeds", "[dagster]") {
  auto outside = dagster::process::start({}, no_bucket).value();
  CHECK_FALSE(outside.inside());
  CHECK(outside.log(p::log_level::info, "x"));
  CHECK(outside.materialize({.asset_key = "whatever"}));
  CHECK(outside.check({}));
  CHECK(outside.custom(nullptr));
  CHECK(outside.stream(true, "x"));
  CHECK(outside.fail({.message = "m", .name = "E"}));
  CHECK(outside.finish());
}

TEST_CASE("A step reads its context and leaves its messages where it was told", "[dagster]") {
  temporary_directory const here;
  write_file(here / "context", step);
  auto step_process =
      dagster::process::start({encoded(place(here / "context")), encoded(place(here / "messages"))}, no_bucket).value();
  REQUIRE(step_process.inside());
  CHECK(json::compact(step_process.about().extras) == R"({"a":1})");
  REQUIRE(step_process.log(p::log_level::info, "x"));
  REQUIRE(step_process.materialize({}));
  REQUIRE(step_process.check({.name = "c", .passed = true}));
  REQUIRE(step_process.custom(1 == 1));
  REQUIRE(step_process.stream(false, "out"));
  REQUIRE(step_process.finish());
  CHECK(methods_in(read_file(here / "messages")) ==
        std::vector<std::string>{"opened", "log", "report_asset_materialization", "report_asset_check",
                                 "report_custom_message", "log_external_stream", "closed"});
}

TEST_CASE("Context and messages may lie in a bucket", "[dagster]") {
  any_store bucket{memory_store{}};
  REQUIRE(bucket.put("c/x.json", memory_content{std::string_view{step}}));
  auto const open = [&](std::string const&) -> result<any_store> { return bucket; };
  auto started = dagster::process::start({encoded(json::object{{"bucket", "b"}, {"key", "c/x.json"}}),
                                          encoded(json::object{{"bucket", "b"}, {"key_prefix", "m"}})},
                                         open)
                     .value();
  CHECK(started.about().run_id == "r");
  REQUIRE(started.fail(p::exception_of(make_error(errc::denied, "not for you"))));
  CHECK(bucket.head("m/1.json"));
  CHECK(code_of(dagster::process::start({encoded(json::object{{"bucket", "b"}, {"key", "none"}}),
                                         encoded(json::object{{"bucket", "b"}, {"key_prefix", "n"}})},
                                        open)) == "object_not_found");
  CHECK(bucket.head("n/1.json"));
}

TEST_CASE("A context that cannot be read is told to Dagster too", "[dagster]") {
  temporary_directory const here;
  auto const messages = encoded(place(here / "messages"));
  auto const missing = dagster::process::start({encoded(place(here / "none")), messages}, no_bucket);
  CHECK(code_of(missing) == "file_not_found");
  auto const told = read_file(here / "messages");
  CHECK(methods_in(told) == std::vector<std::string>{"opened", "closed"});
  CHECK(told.find("file_not_found") != std::string::npos);
  write_file(here / "torn", "{");
  CHECK(failure(dagster::process::start({encoded(place(here / "torn")), messages}, no_bucket))
            .path.starts_with((here / "torn").string() + ", line 1"));
  CHECK(failure(dagster::process::start({encoded(json::object{{"data", json::object{}}}), messages}, no_bucket)).path ==
        "DAGSTER_PIPES_CONTEXT/run_id");
  CHECK(code_of(dagster::process::start({"?", messages}, no_bucket)) == "wrong_type");
}

}  // namespace
