#include <waybill/history/content.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "scenario.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace fs = std::filesystem;

namespace {

/// What a step expects and did not see; empty: all is as it should be.
std::string missed(json::value const& step, json::value const& seen) {
  auto const& op = *step.find("op")->as_string();
  json::object expected;
  if (op == "check") {
    for (auto const& m : *step.as_object())
      if (m.first != "op" && m.first != "on") expected.push_back(m);
  } else if (auto const* const given = step.find("expect")) {
    expected = *given->as_object();
  } else if (op == "savepoint") {
    expected = {{"created", true}};
  }
  if (op == "merge" && json::value{expected}.find("failed") == nullptr && seen.find("failed") != nullptr)
    return "it failed: " + json::compact(seen);
  if (json::value{expected}.find("error") == nullptr && seen.find("error") != nullptr)
    return "it was refused: " + json::compact(seen);
  for (auto& [name, value] : expected) {
    if (name == "failed" && value.find("needs") == nullptr) value.as_object()->emplace_back("needs", json::array{});
    auto const* const found = seen.find(name);
    if (found == nullptr || !history::same_value(*found, value))
      return name + " should be " + json::compact(value) + ", and all that was seen is " + json::compact(seen);
  }
  return {};
}

/// What the first step of a vector that goes wrong does wrong.
std::string first_mistake(json::value const& vector) {
  scenario run{vector};
  std::size_t number = 0;
  for (auto const& step : *vector.find("steps")->as_array()) {
    auto const seen = run.run(step);
    auto const at = "step " + std::to_string(number++) + " " + json::compact(step) + ": ";
    if (auto const why = missed(step, seen); !why.empty()) return at + why;
    for (auto const& name : run.names())
      if (auto const why = run.disagreement(name); !why.empty()) return at + why;
  }
  return {};
}

std::vector<fs::path> vector_files() {
  std::vector<fs::path> out;
  for (auto const& file : fs::directory_iterator{vectors("history")})
    if (file.path().extension() == ".json") out.push_back(file.path());
  std::ranges::sort(out);
  return out;
}

json::value load(fs::path const& path) { return json::parse(read_file(path)).value(); }

}  // namespace

TEST_CASE("every history vector is what the library does") {
  auto const files = vector_files();
  CHECK(files.size() >= 14);
  for (auto const& path : files) {
    INFO(path.filename().string());
    CHECK(first_mistake(load(path)) == "");
  }
}

TEST_CASE("a wrong expectation in any step of a vector is found") {
  std::size_t planted = 0;
  for (auto const& path : vector_files()) {
    auto const vector = load(path);
    auto const& steps = *vector.find("steps")->as_array();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto const expect = [&](json::value& step) -> json::value* {
        return *step.find("op")->as_string() == "check" ? &step : step.find("expect");
      };
      auto spoilt = vector;
      auto* const members = expect((*spoilt.find("steps")->as_array())[i]);
      if (members == nullptr) continue;
      for (std::size_t k = 0; k < members->as_object()->size(); ++k) {
        auto again = vector;
        auto& [name, value] = (*expect((*again.find("steps")->as_array())[i])->as_object())[k];
        if (name == "op" || name == "on" || name == "distinct" || name == "same_manifest_as") continue;
        if (value.as_array() != nullptr) value.as_array()->emplace_back("planted");
        else if (value.as_bool() != nullptr) value = !*value.as_bool();
        else if (value.as_object() != nullptr) value.as_object()->emplace_back("planted", json::object{});
        else value = "planted";
        INFO(path.filename().string() << " step " << i << " " << name);
        CHECK(first_mistake(again) != "");
        ++planted;
      }
    }
  }
  CHECK(planted > 100);
}
