#include <waybill/driver/snapshots/commit.hpp>

#include <waybill/driver/snapshots/versions.hpp>
#include <waybill/driver/snapshots/workplace.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "unit/driver/snapshots/fixture.hpp"
#include "unit/driver/table/contract/calls.hpp"
#include "unit/registry/flaky.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

/// Messages of the commits that `latest` was made of, the newest first.
std::vector<std::string> branch(waybill::registry const& in, snapshot_fixture const& f) {
  auto const package = workplace{f.directory.string()}.package().value().value();
  std::vector<std::string> out;
  for (auto version = open_latest(in, package).value(); version;) {
    out.push_back(version->manifest().header().message().value_or(""));
    auto const parent = version->parent();
    if (!parent) break;
    version = open_version(in, package, *parent).value();
  }
  return out;
}

/// Everything from one change on fails, as if the program were dead.
void die_after(fault_plan& plan, int changes, bool answer_is_lost) {
  auto const dead = std::make_shared<bool>(false);
  plan.before = [=, left = changes](std::string_view called, std::string_view) mutable -> std::optional<error> {
    if (*dead) return make_error(errc::permanent, "dead");
    if (called == "open" || called == "head" || called == "list" || called == "read_ref") return std::nullopt;
    if (left-- > 0) return std::nullopt;
    *dead = true;
    if (answer_is_lost) return std::nullopt;
    return make_error(errc::permanent, "dead");
  };
  plan.after = [=](std::string_view, std::string_view) -> std::optional<error> {
    if (*dead) return make_error(errc::permanent, "dead");
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("a commit that was killed anywhere is one commit when it is repeated") {
  int stops = 0;
  for (bool const answer_is_lost : {false, true})
    for (bool const others : {false, true})
      for (int changes = 0;; ++changes) {
        CAPTURE(answer_is_lost, others, changes);
        REQUIRE(changes < 100);
        snapshot_fixture const f;
        flaky_registry flaky;
        waybill::registry const healthy{flaky.inner, "memory"};
        table_calls const db{[&] { return f.open(healthy); }};
        db.write("t", "F/0", "id,v\n1,a\n2,b\n");
        db.commit("F/0", "t", "base");
        db.write("t", "F/1", "id,v\n2,B\n3,c\n");
        die_after(*flaky.plan, changes, answer_is_lost);
        auto const dying = f.open(flaky.r);
        bool const done = dying->commit({.writers = {{"F/1", {"t"}}}, .message = "mine"}).has_value();
        std::vector<std::string> expected{"mine", "base"};
        if (others && !done) {
          bool const is_there = branch(healthy, f).size() == 2;
          db.write("t", "F/2", "id,v\n9,z\n");
          db.commit("F/2", "t", "other");
          expected.insert(is_there ? expected.begin() : expected.begin() + 1, "other");
        }
        if (!done) {
          ++stops;
          auto const again = db.commit("F/1", "t", "mine");
          CHECK(again.conflicts.empty());
          REQUIRE(again.tables.size() == 1);
          CHECK(db.read_at("t", again.tables[0].commit.value()).find("2,B\n3,c\n") != std::string::npos);
        }
        CHECK(branch(healthy, f) == expected);
        CHECK(db.read("t") == std::string{"id,v\n1,a\n2,B\n3,c\n"} + (expected.size() == 3 ? "9,z\n" : ""));
        CHECK(db.read("t", "F/1") == db.read("t"));
        auto const none = db->commit({.writers = {{"F/1", {"t"}}}, .message = "mine"});
        CHECK((none && none->empty()));
        if (done) break;
      }
  CHECK(stops > 20);
}

TEST_CASE("copies of a database commit to one package and merge what the others did meanwhile") {
  snapshot_fixture f, copy;
  flaky_registry flaky;
  waybill::registry const home{flaky.inner, "memory"};
  table_calls const db{[&] { return f.open(home); }};
  db.write("t", "F/0", "id,v\n1,a\n");
  db.commit_cleanly("F/0", "t");
  std::filesystem::copy(f.directory, copy.directory, std::filesystem::copy_options::recursive);
  table_calls const other{[&] { return copy.open(home); }};
  int races = 0;
  flaky.plan->before = [&](std::string_view called, std::string_view key) -> std::optional<error> {
    if (called != "swap_ref" || !key.ends_with("/latest") || races == 3) return std::nullopt;
    auto const n = std::to_string(++races);
    other.write("t", "G/" + n, "id,v\n10" + n + ",by the copy\n");
    other.commit_cleanly("G/" + n, "t");
    return std::nullopt;
  };
  table_calls const raced{[&] { return f.open(flaky.r); }};
  raced.write("t", "F/1", "id,v\n1,b\n2,c\n");
  auto const mine = raced.commit_cleanly("F/1", "t");
  CHECK(races == 3);
  auto const all = "id,v\n1,b\n2,c\n101,by the copy\n102,by the copy\n103,by the copy\n";
  CHECK(db.read("t") == all);
  CHECK(other.read_at("t", mine) == all);
  // Versions that lost their race are nobody's: no tag keeps them.
  auto const package = workplace{f.directory.string()}.package().value().value();
  CHECK(home.tags(package).value().size() == 5);
}

TEST_CASE("a commit's own changes are those of its writer whoever was merged") {
  snapshot_fixture const f;
  table_calls const a{[&] { return f.open(); }}, b{[&] { return f.open(); }};
  a.write("t", "F/0", "id,v\n1,a\n2,b\n");
  a.commit_cleanly("F/0", "t");
  a.write("t", "F/1", "id,v\n1,A\n");
  b.write("t", "F/2", "id,v\n2,B\n");
  auto const one = a.commit_cleanly("F/1", "t");
  auto const two = b.commit_cleanly("F/2", "t");
  CHECK(a.changes("t", one, two) == std::vector<std::string>{"~ 2,b -> 2,B"});
  CHECK(a.read("t") == "id,v\n1,A\n2,B\n");
}

TEST_CASE("columns are those of the side that changed them and conflict where both did") {
  snapshot_fixture const f;
  table_calls const db{[&] { return f.open(); }};
  auto const replace = [&](std::string const& writer, std::vector<column> columns, std::string const& csv) {
    write_request what{.table = "t", .primary_key = {"id"}, .mode = write_mode::replace, .writer = writer};
    what.columns = schema{std::move(columns), {"id"}};
    db.write(what, csv);
  };
  column const id{"id", "bigint", false}, v{"v", "longtext", true}, w{"w", "bigint", true}, x{"x", "double", true};
  db.write("t", "F/0", "id,v\n1,a\n2,b\n");
  db.commit_cleanly("F/0", "t");
  replace("F/1", {id, v, w}, "id,v,w\n1,a,7\n2,b,\n");
  db.write("t", "F/2", "id,v\n2,c\n3,d\n");
  replace("F/3", {id, v, x}, "id,v,x\n1,a,0.5\n2,b,\n");
  db.commit_cleanly("F/2", "t");
  db.commit_cleanly("F/1", "t");
  CHECK(db.read("t") == "id,v,w\n1,a,7\n2,c,\n3,d,\n");
  auto const lost = db.commit("F/3", "t");
  CHECK(lost.conflicts == std::vector<std::string>{"t"});
  CHECK_FALSE(lost.tables.at(0).branch);
  CHECK(db.read_at("t", "conflict-" + lost.tables.at(0).commit.value().substr(0, 16)) == "id,v,x\n1,a,0.5\n2,b,\n");
}
