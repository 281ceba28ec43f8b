#include <waybill/protocol/dagster_pipes/message.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;

/// A message's line without the frame every message has.
std::string params_of(std::string const& line, std::string const& method) {
  REQUIRE(std::ranges::count(line, '\n') == 1);
  REQUIRE(line.ends_with('\n'));
  auto const frame = R"({"__dagster_pipes_version":"0.1","method":")" + method + R"(","params":)";
  REQUIRE(line.starts_with(frame));
  return line.substr(frame.size(), line.size() - frame.size() - 2);
}

TEST_CASE("Each message has exactly the members of its handler", "[dagster]") {
  CHECK(params_of(d::opened_message(), "opened") == R"({"extras":{}})");
  CHECK(params_of(d::closed_message(), "closed") == "{}");
  CHECK(params_of(d::log_message(d::log_level::warning, "w"), "log") == R"({"level":"WARNING","message":"w"})");
  CHECK(params_of(d::custom_message(nullptr), "report_custom_message") == R"({"payload":null})");
  CHECK(params_of(d::stream_message(true, "t"), "log_external_stream") ==
        R"({"extras":{},"stream":"stderr","text":"t"})");
  CHECK(params_of(d::materialization_message({.asset_key = "a"}), "report_asset_materialization") ==
        R"({"asset_key":"a","data_version":null,"metadata":{}})");
  CHECK(params_of(d::materialization_message({"a", {{"n", d::metadata_value::integer(std::int64_t{3})}}, "v1"}),
                  "report_asset_materialization") ==
        R"({"asset_key":"a","data_version":"v1","metadata":{"n":{"raw_value":3,"type":"int"}}})");
  CHECK(params_of(d::check_message({"a", "c", true, d::check_severity::warn}), "report_asset_check") ==
        R"({"asset_key":"a","check_name":"c","metadata":{},"passed":true,"severity":"WARN"})");
}

TEST_CASE("A failure tells all five members also of its causes", "[dagster]") {
  d::exception const e{.message = "m",
                       .name = "E",
                       .stack = {"s"},
                       .cause = std::make_shared<d::exception>(d::exception{.message = "c", .name = "C"})};
  CHECK(params_of(d::closed_message(e), "closed") ==
        R"({"exception":{"cause":{"cause":null,"context":null,"message":"c","name":"C","stack":[]},)"
        R"("context":null,"message":"m","name":"E","stack":["s"]}})");
  auto const ours = d::exception_of(make_error(errc::file_not_found, "is not there", "dir/x"));
  CHECK(ours.message == "dir/x: is not there");
  CHECK(ours.name == "file_not_found");
  CHECK(ours.stack == std::vector<std::string>{"dir/x\n"});
}

TEST_CASE("Whatever a text holds the line is one line of ASCII", "[dagster]") {
  std::string const odd{"a\nb\"\\\t\x01\x7f\xff\xc3\xa4\xf0\x9f\x99\x82\xed\xa0\x80"};
  for (auto const& line :
       {d::log_message(d::log_level::info, odd), d::custom_message(json::object{{odd, std::string_view{odd}}}),
        d::closed_message({.message = odd, .name = odd}), d::stream_message(false, odd),
        d::materialization_message({odd, {{odd, d::metadata_value::text(odd)}}, odd})}) {
    CHECK(std::ranges::count(line, '\n') == 1);
    CHECK(std::ranges::all_of(line, [](char c) { return c == '\n' || (c >= ' ' && c < 127); }));
    CHECK(ok(json::parse(line)));
    CHECK(line.find("\\ud83d\\ude42") != std::string::npos);
    CHECK(line.find("\\ufffd") != std::string::npos);
    CHECK(line.find("\\ud800") == std::string::npos);
  }
}

TEST_CASE("Numbers keep the form that tells whole ones from others", "[dagster]") {
  CHECK(params_of(d::custom_message(json::parse("[1,1.0,1e3,0.1,9223372036854775808]").value()),
                  "report_custom_message") == R"({"payload":[1,1.0,1000.0,0.1,9223372036854775808]})");
}

TEST_CASE("A text that would make its message too long is cut between characters", "[dagster]") {
  for (std::string_view const unit : {"x", "\x01", "ä", "\xf0\x9f\x99\x82", "\xff", "\""}) {
    std::string text;
    while (text.size() < 200'000) text += unit;
    auto const line = d::log_message(d::log_level::info, text);
    CHECK(line.size() <= d::largest_message);
    CHECK(d::short_enough(text).ends_with("…"));
    CHECK(find_invalid_utf8(d::short_enough(text)) == std::string::npos);
  }
  CHECK(d::short_enough(std::string(8000, 'x')) == std::string(8000, 'x'));
  CHECK(d::short_enough(std::string(8001, 'x')) == std::string(8000, 'x') + "…");
}

}  // namespace
