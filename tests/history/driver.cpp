#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include <exception>
#include <iostream>
#include <string>

#include "unit/history/scenario.hpp"

/// Reads vectors (tests/vectors/history/README.md), one a line; answers each with what its steps and, at the end, its
/// datasets were seen to be: `{"seen": […], "end": {name: …}, "disagreement": "…"}`.
int main() {
  namespace json = waybill::json;
  for (std::string line; std::getline(std::cin, line);) {
    json::object out;
    try {
      auto const vector = json::parse(line).value();
      waybill_test::scenario run{vector};
      json::array seen;
      std::string disagreement;
      for (auto const& step : *vector.find("steps")->as_array()) seen.push_back(run.run(step));
      json::object end;
      for (auto const& name : run.names()) {
        end.emplace_back(name, run.observe(name));
        disagreement += run.disagreement(name);
      }
      out = {{"seen", std::move(seen)}, {"end", std::move(end)}, {"disagreement", disagreement}};
    } catch (std::exception const& e) {
      out = {{"exception", e.what()}};
    }
    std::cout << json::compact(json::value{std::move(out)}) << "\n" << std::flush;
  }
}
