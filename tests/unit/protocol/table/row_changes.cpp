#include <waybill/protocol/table/row_changes.hpp>

#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"
#include "unit/protocol/table/rows.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

key_columns const by_id{{"id"}, {value_kind::whole}};

std::string shown(std::span<std::string const> columns, row const& values) {
  std::string out;
  for (std::size_t i = 0; i != values.size(); ++i)
    out += (i == 0 ? "" : " ") + columns[i] + "=" + values[i].value_or("NULL");
  return out;
}

std::vector<std::string> changes(std::string const& before, std::string const& after) {
  text_table old_table{before}, new_table{after};
  std::vector<std::string> out;
  auto const r = compare_rows(old_table.table, new_table.table, by_id, [&](row_change const& c) -> result<void> {
    CHECK(std::vector<std::string>(c.primary_key.begin(), c.primary_key.end()) == by_id.names);
    out.push_back(shown(c.old_columns, c.old_row) + " -> " + shown(c.new_columns, c.new_row));
    return {};
  });
  if (!r) out.push_back(name_of(r.error().code));
  return out;
}

}  // namespace

TEST_CASE("rows that were added or removed or modified come in the order of the key") {
  CHECK(changes("id,v\n1,a\n2,b\n9,c\n", "id,v\n2,B\n9,c\n10,d\n") ==
        std::vector<std::string>{"id=1 v=a -> ", "id=2 v=b -> id=2 v=B", " -> id=10 v=d"});
  CHECK(changes("id,v\n1,\n", "id,v\n1,\"\"\n") == std::vector<std::string>{"id=1 v=NULL -> id=1 v="});
  CHECK(changes("id,v\n1,a\n", "v,id\na,1\n").empty());
  CHECK(changes("id,v\n", "id,v\n").empty());
}

TEST_CASE("a column that one side lacks is NULL there") {
  CHECK(changes("id,v\n1,a\n2,b\n", "id,v,w\n1,a,\n2,b,x\n") == std::vector<std::string>{"id=2 v=b -> id=2 v=b w=x"});
  CHECK(changes("id,v\n1,a\n2,\n", "id\n1\n2\n") == std::vector<std::string>{"id=1 v=a -> id=1"});
}

TEST_CASE("rows out of order and the visitor's errors end a comparison") {
  CHECK(changes("id,v\n2,a\n1,b\n", "id,v\n2,a\n") == std::vector<std::string>{"unsorted"});
  CHECK(changes("id,v\n", "v\na\n") == std::vector<std::string>{"malformed_table"});
  text_table a{"id\n1\n2\n"}, b{"id\n"};
  int calls = 0;
  CHECK(code_of(compare_rows(a.table, b.table, by_id, [&](row_change const&) -> result<void> {
          ++calls;
          return make_error(errc::interrupted, "enough");
        })) == "interrupted");
  CHECK(calls == 1);
}

TEST_CASE("changes lead from any state of a table to any other") {
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    model before, after;
    for (auto* const m : {&before, &after})
      for (auto i = random() % 12; i != 0; --i)
        (*m)[static_cast<int>(random() % 15) - 5] = std::string(1, "abc"[random() % 3]);
    text_table old_table{csv_of(before)}, new_table{csv_of(after)};
    auto state = before;
    std::size_t count = 0, expected = 0;
    REQUIRE(ok(compare_rows(old_table.table, new_table.table, by_id, [&](row_change const& c) -> result<void> {
      ++count;
      auto const id = std::stoi(*(c.old_row.empty() ? c.new_row : c.old_row)[0]);
      CHECK(c.old_row.empty() == !state.contains(id));
      if (!c.old_row.empty()) CHECK(state.at(id) == *c.old_row[1]);
      if (c.kind == change_kind::removed) state.erase(id);
      else state[id] = *c.new_row[1];
      return {};
    })));
    CHECK(state == after);
    for (auto const& [id, v] : before) expected += !after.contains(id) || after.at(id) != v ? 1 : 0;
    for (auto const& [id, v] : after) expected += before.contains(id) ? 0 : 1;
    CHECK(count == expected);
  }
}
