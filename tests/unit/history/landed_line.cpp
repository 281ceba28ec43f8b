#include <waybill/history/landed_line.hpp>

#include <memory>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

history::landed sample(std::string user = "ada", json::value params = {}) {
  history::action a{"Package.apply", std::move(params), "0123456789abcdef", 12, std::string(64, 'a')};
  return {std::make_shared<history::action const>(std::move(a)), history::effect::satisfied, std::move(user),
          "2026-11-26T00:00:00Z"};
}

std::string line_of(history::landed const& a, bool with_params = false) {
  std::string out;
  history::append_landed_line(out, a, with_params);
  REQUIRE(out.ends_with('\n'));
  out.pop_back();
  return out;
}

void check_same(history::landed const& a, history::landed const& b) {
  CHECK(*a.what == *b.what);
  CHECK(a.did == b.did);
  CHECK(a.user == b.user);
  CHECK(a.datetime == b.datetime);
}

}  // namespace

TEST_CASE("an effective action is a line and an action again whatever its texts hold") {
  CHECK(line_of(sample()) == R"(["Package.apply",")" + std::string(64, 'a') +
                                 R"(","0123456789abcdef",12,"satisfied","ada","2026-11-26T00:00:00Z"])");
  json::value const covers = json::object{{"covers", json::array{std::string(64, 'b'), std::string(64, 'c')}}};
  for (auto const& user : {"", "ada", "a \"b\" \\ c", "new\nline", "[1,2]", "\xc3\xa9", "a\",\"b"})
    for (auto const& params : {json::value{}, covers}) {
      auto const a = sample(user, params);
      auto const line = line_of(a);
      CHECK(line.find('\n') == std::string::npos);
      auto const again = history::read_landed_line(line);
      REQUIRE(again);
      check_same(*again, a);
    }
}

TEST_CASE("params are kept on request unless they are large and what is covered always") {
  json::value const small = json::object{{"changes", json::array{}}, {"covers", json::array{std::string(64, 'b')}}};
  json::value const large =
      json::object{{"changes", json::array{std::string(5000, 'x')}}, {"covers", json::array{std::string(64, 'b')}}};
  json::value const covers = json::object{{"covers", json::array{std::string(64, 'b')}}};
  CHECK(history::read_landed_line(line_of(sample("ada", small), true))->what->params == small);
  CHECK(history::read_landed_line(line_of(sample("ada", small)))->what->params == covers);
  CHECK(history::read_landed_line(line_of(sample("ada", large), true))->what->params == covers);
  CHECK(history::read_landed_line(line_of(sample("ada", json::object{{"changes", json::array{}}})))
            ->what->params.is_null());
  CHECK(history::read_landed_line(line_of(sample(), true))->what->params.is_null());
}

TEST_CASE("what is no line of an action is none") {
  auto const line = line_of(sample());
  for (std::size_t i = 0; i < line.size(); ++i) CHECK_FALSE(history::read_landed_line(line.substr(0, i)));
  auto const with = [&](std::string const& from, std::string const& to) {
    auto out = line;
    return out.replace(out.find(from), from.size(), to);
  };
  for (auto const& bad : {line + "x", "x" + line, with(",12,", ",-1,"), with(",12,", ",1.5,"), with(",12,", ",\"12\","),
                          with(",12,", ",x,"), with("\"satisfied\"", "\"failed\""), with("\"ada\"", "7"),
                          with("\"ada\",", ""), with("Z\"]", "Z\",7]"), with("Z\"]", "Z\",\"x\"]"),
                          with("Z\"]", "Z\",[],[]]"), with(",12,", ",99999999999999999999,")})
    CHECK_FALSE(history::read_landed_line(bad));
}
