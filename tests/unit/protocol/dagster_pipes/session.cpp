#include <waybill/protocol/dagster_pipes/session.hpp>

#include <waybill/json/parse.hpp>

#include <thread>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;

struct recorder {
  std::vector<std::string> lines;
  std::string refuse;

  d::session session(std::vector<std::string> keys = {"demo"}) {
    return {{.asset_keys = std::move(keys), .run_id = "r"}, [this](std::string_view line) -> result<void> {
              lines.emplace_back(line);
              if (!refuse.empty()) return make_error(errc::temporary, refuse);
              return {};
            }};
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> out;
    for (auto const& line : lines) out.push_back(*json::parse(line).value().find("method")->as_string());
    return out;
  }
};

TEST_CASE("A session sends opened first and closed last and nothing around them", "[dagster]") {
  recorder to;
  auto s = to.session();
  CHECK(code_of(s.log(d::log_level::info, "early")) == "usage");
  CHECK(code_of(s.close()) == "usage");
  REQUIRE(s.open());
  CHECK(code_of(s.open()) == "usage");
  REQUIRE(s.log(d::log_level::info, "x"));
  REQUIRE(s.custom(nullptr));
  REQUIRE(s.stream(false, "out"));
  REQUIRE(s.materialize({}));
  REQUIRE(s.check({.asset_key = {}, .name = "c", .passed = true}));
  REQUIRE(s.close());
  CHECK(s.close());
  CHECK(s.close({.message = "late", .name = "E"}));
  CHECK(code_of(s.custom(nullptr)) == "usage");
  CHECK(to.methods() == std::vector<std::string>{"opened", "log", "report_custom_message", "log_external_stream",
                                                 "report_asset_materialization", "report_asset_check", "closed"});
  CHECK(to.lines[4].find(R"("asset_key":"demo")") != std::string::npos);
}

TEST_CASE("Only assets of the step are reported and each once", "[dagster]") {
  recorder to;
  auto s = to.session({"a", "b\\/c"});
  REQUIRE(s.open());
  CHECK(failure(s.materialize({})).detail.find("a, b\\/c") != std::string::npos);
  CHECK(code_of(s.materialize({.asset_key = "other"})) == "usage");
  CHECK(code_of(s.check({.asset_key = "other", .name = "c"})) == "usage");
  CHECK(s.materialize({.asset_key = "b\\/c"}));
  CHECK(s.materialize({.asset_key = "a"}));
  CHECK(code_of(s.materialize({.asset_key = "a"})) == "usage");
  CHECK(to.lines.size() == 3);
  recorder of_op;
  auto op = of_op.session({});
  REQUIRE(op.open());
  CHECK(failure(op.materialize({})).detail == "this step makes no assets");
}

TEST_CASE("What does not fit into one write is refused before it is written", "[dagster]") {
  recorder to;
  auto s = to.session();
  REQUIRE(s.open());
  auto const frame = d::custom_message("").size();
  CHECK(s.custom(std::string(d::largest_message - frame, 'x')));
  CHECK(to.lines.back().size() == d::largest_message);
  CHECK(code_of(s.custom(std::string(d::largest_message - frame + 1, 'x'))) == "too_large");
  CHECK(code_of(s.materialize({.metadata = {{"t", d::metadata_value::text(std::string(70'000, 'x'))}}})) ==
        "too_large");
  CHECK(s.materialize({}));
  CHECK(to.lines.size() == 3);
}

TEST_CASE("A failure with a long stack is still told", "[dagster]") {
  recorder to;
  auto s = to.session();
  REQUIRE(s.open());
  REQUIRE(s.close({.message = "m", .name = "E", .stack = {std::string(100'000, 's')}}));
  CHECK(to.lines.back().find(R"("message":"m","name":"E")") != std::string::npos);
  CHECK(to.lines.back().size() <= d::largest_message);
}

TEST_CASE("An error of the channel comes through", "[dagster]") {
  recorder to{.lines = {}, .refuse = "full"};
  auto s = to.session();
  CHECK(failure(s.open()).detail == "full");
  CHECK(failure(s.materialize({})).detail == "full");
  CHECK(failure(s.materialize({})).detail == "full");
}

TEST_CASE("Messages of several threads do not mix", "[dagster]") {
  recorder to;
  auto s = to.session();
  REQUIRE(s.open());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&s] {
        for (int n = 0; n < 200; ++n) (void)s.log(d::log_level::info, "x");
      });
  }
  CHECK(to.lines.size() == 801);
}

}  // namespace
