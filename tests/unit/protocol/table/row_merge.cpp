#include <waybill/protocol/table/row_merge.hpp>

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

struct outcome {
  std::string rows;
  std::vector<std::string> conflicts;
};

outcome merge(std::string const& base, std::string const& ours, std::string const& theirs,
              std::vector<std::string> const& columns = {"id", "v"}) {
  text_table b{base}, o{ours}, t{theirs};
  outcome out;
  key_columns const key{{"id"}, {value_kind::whole}};
  auto const r = merge_rows(
      {b.table, o.table, t.table}, columns, key,
      [&](std::span<cell_view const> row) -> result<void> {
        append_csv_row(out.rows, row);
        return {};
      },
      [&](std::span<cell_view const> values) -> result<void> {
        out.conflicts.emplace_back(*values[0]);
        return {};
      });
  if (!r) out.rows = name_of(r.error().code);
  return out;
}

}  // namespace

TEST_CASE("who alone changed a row is followed") {
  auto const m = merge("id,v\n1,a\n2,b\n3,c\n10,d\n", "id,v\n1,A\n2,b\n4,e\n10,d\n", "id,v\n1,a\n3,c\n10,D\n11,f\n");
  CHECK(m.rows == "1,A\n4,e\n10,D\n11,f\n");
  CHECK(m.conflicts.empty());
}

TEST_CASE("rows that two changed alike are no conflict and rows that they changed differently are one") {
  CHECK(merge("id,v\n1,a\n2,b\n", "id,v\n1,x\n3,n\n", "id,v\n1,x\n3,n\n").rows == "1,x\n3,n\n");
  CHECK(merge("id,v\n1,a\n2,b\n", "id,v\n1,x\n3,n\n", "id,v\n1,x\n3,n\n").conflicts.empty());
  CHECK(merge("id,v\n1,a\n", "id,v\n1,x\n", "id,v\n1,y\n").conflicts == std::vector<std::string>{"1"});
  CHECK(merge("id,v\n1,a\n", "id,v\n1,x\n", "id,v\n").conflicts == std::vector<std::string>{"1"});
  CHECK(merge("id,v\n1,a\n", "id,v\n", "id,v\n1,y\n").conflicts == std::vector<std::string>{"1"});
  CHECK(merge("id,v\n", "id,v\n1,\n", "id,v\n1,\"\"\n").conflicts == std::vector<std::string>{"1"});
  CHECK(merge("id,v\n1,a\n", "id,v\n1,x\n", "id,v\n1,y\n").rows == "1,x\n");
}

TEST_CASE("columns that one side lacks are NULL there") {
  CHECK(merge("id,v\n1,a\n2,b\n", "id,v\n1,a\n2,c\n", "id,v,w\n1,a,x\n2,b,\n", {"id", "v", "w"}).rows ==
        "1,a,x\n2,c,\n");
  CHECK(merge("id,v\n", "id,v\n2,a\n1,b\n", "id,v\n").rows == "unsorted");
}

TEST_CASE("merges of any three states are what a naive merge makes of them") {
  std::mt19937 random{11};
  for (int round = 0; round < 500; ++round) {
    model base;
    for (auto i = random() % 12; i != 0; --i) base[static_cast<int>(random() % 20) - 10] = "a";
    model ours = base, theirs = base;
    for (auto* const m : {&ours, &theirs})
      for (auto i = random() % 6; i != 0; --i) {
        int const id = static_cast<int>(random() % 20) - 10;
        if (random() % 3 == 0) m->erase(id);
        else (*m)[id] = std::string(1, "abc"[random() % 3]);
      }
    model expected;
    std::vector<std::string> conflicts;
    for (int id = -10; id < 10; ++id) {
      auto const at = [&](model const& m) { return m.contains(id) ? m.at(id) : std::string{}; };
      auto const kept = at(ours) == at(base) ? at(theirs) : at(ours);
      if (!kept.empty()) expected[id] = kept;
      if (at(ours) != at(base) && at(theirs) != at(base) && at(ours) != at(theirs))
        conflicts.push_back(std::to_string(id));
    }
    auto const merged = merge(csv_of(base), csv_of(ours), csv_of(theirs));
    CHECK("id,v\n" + merged.rows == csv_of(expected));
    CHECK(merged.conflicts == conflicts);
  }
}
