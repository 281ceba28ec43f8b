#include <waybill/driver/snapshots/row_sorter.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("rows are sorted by key and those of one key stay in their order however little memory there is") {
  temporary_directory const tmp;
  auto const root = root_directory::open(tmp.path().string(), false).value();
  key_columns const key{{"id"}, {value_kind::whole}};
  for (std::size_t const memory : {std::size_t{1}, std::size_t{3000}, std::size_t{1} << 20}) {
    CAPTURE(memory);
    std::mt19937 random{3};
    std::vector<std::pair<int, std::string>> expected;
    row_sorter sorter{root, key, {1}, memory};
    for (int i = 0; i < (memory == 1 ? 60 : 500); ++i) {
      int const id = static_cast<int>(random() % 40) - 20;
      expected.emplace_back(id, "\"row\n" + std::to_string(i));
      auto const text = std::to_string(id);
      std::vector<cell_view> const values{expected.back().second, text, std::nullopt};
      REQUIRE(ok(sorter.add(values)));
    }
    std::stable_sort(expected.begin(), expected.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    std::vector<std::pair<int, std::string>> found;
    REQUIRE(ok(sorter.drain([&](std::span<cell_view const> values) -> result<void> {
      CHECK_FALSE(values[2]);
      found.emplace_back(std::stoi(std::string{*values[1]}), *values[0]);
      return {};
    })));
    CHECK(found == expected);
  }
  CHECK(std::filesystem::is_empty(tmp.path()));
}
