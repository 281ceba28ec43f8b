#include <waybill/lineage/same_inputs.hpp>

#include <waybill/store/memory.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

/// A read by the only task of a run `F/1` or `G/2`.
run_record by(std::string const& run, std::string table, std::string commit, std::string hash) {
  return read_of({run.substr(0, 1), run.substr(2), "start", "1", 0}, std::move(table), std::move(commit),
                 std::move(hash));
}

run_record without_hash(run_record r) {
  std::get<table_version>(r.data).hash.reset();
  return r;
}

std::vector<run_name> names(std::vector<std::string> const& runs) {
  std::vector<run_name> out;
  for (auto const& run : runs) out.push_back({run.substr(0, 1), run.substr(2)});
  return out;
}

/// `table: contents runs, contents runs` of each difference.
std::vector<std::string> differences(std::vector<run_record> const& records, std::vector<std::string> const& runs) {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(records)));
  scan_report report;
  auto const found = same_inputs(store, names(runs), {}, report);
  REQUIRE(ok(found));
  std::vector<std::string> out;
  for (auto const& d : *found) {
    out.push_back(d.data.name + ":");
    for (auto const& v : d.versions) {
      for (auto const& content : v.contents) out.back() += " " + content;
      out.back() += " (";
      for (auto const& run : v.runs) out.back() += run.flow + "/" + run.run;
      out.back() += ")";
    }
  }
  return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("inputs are the same when hashes agree though commits differ") {
  CHECK(differences({by("F/1", "t", "c1", "h1"), by("G/2", "t", "c2", "h1")}, {"F/1", "G/2"}).empty());
}

TEST_CASE("a changed table is named with who read what") {
  CHECK(differences({by("F/1", "t", "c1", "h1"), by("F/2", "t", "c1", "h2"), by("F/3", "t", "c1", "h1"),
                     by("F/1", "u", "c1", "h"), by("F/2", "u", "c1", "h"), by("F/3", "u", "c1", "h")},
                    {"F/1", "F/2", "F/3"}) == texts{"t: h1 (F/1F/3) h2 (F/2)"});
}

TEST_CASE("a table that only some runs read is a difference") {
  CHECK(differences({by("F/1", "t", "c1", "h1"), by("F/2", "t", "c1", "h1"), by("F/1", "u", "c1", "h2")},
                    {"F/1", "F/2"}) == texts{"u: h2 (F/1) (F/2)"});
}

TEST_CASE("all versions that a run read of a table count and how often does not") {
  CHECK(differences({by("F/1", "t", "c1", "h1"), by("F/1", "t", "c2", "h2"), by("F/1", "t", "c2", "h2"),
                     by("F/2", "t", "c2", "h2"), by("F/2", "t", "c1", "h1")},
                    {"F/1", "F/2"})
            .empty());
  CHECK(differences({by("F/1", "t", "c1", "h1"), by("F/1", "t", "c2", "h2"), by("F/2", "t", "c2", "h2")},
                    {"F/1", "F/2"}) == texts{"t: h1 h2 (F/1) h2 (F/2)"});
}

TEST_CASE("what is not known to be equal is a difference") {
  auto const a = without_hash(by("F/1", "t", "c1", "")), b = without_hash(by("F/2", "t", "c1", ""));
  CHECK(differences({a, b}, {"F/1", "F/2"}).empty());
  CHECK(differences({a, by("F/2", "t", "c1", "h1")}, {"F/1", "F/2"}) == texts{"t: commit c1 (F/1) h1 (F/2)"});
  auto dirty_a = a, dirty_b = b;
  std::get<table_version>(dirty_a.data).dirty = std::get<table_version>(dirty_b.data).dirty = true;
  CHECK(differences({dirty_a, dirty_b}, {"F/1", "F/2"}) == texts{"t: unknown (F/1F/2)"});
}

TEST_CASE("a query of a table is another input than the table") {
  auto part = by("F/2", "t", "c1", "h1");
  std::get<table_version>(part.data).query = "SELECT a FROM t";
  CHECK(differences({by("F/1", "t", "c1", "h1"), part}, {"F/1", "F/2"}) ==
        texts{"t: h1 (F/1) (F/2)", "t: h1 (F/2) (F/1)"});
}

TEST_CASE("packages are compared by their top hashes") {
  auto a = by("F/1", "t", "c", "h"), b = by("F/2", "t", "c", "h");
  a.data = package_version{"ns/n", "abc"};
  b.data = package_version{"ns/n", "abc"};
  CHECK(differences({a, b}, {"F/1", "F/2"}).empty());
  b.data = package_version{"ns/n", "abd"};
  CHECK(differences({a, b}, {"F/1", "F/2"}) == texts{"ns/n: abc (F/1) abd (F/2)"});
}

TEST_CASE("runs nobody knows are never the same") {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(std::vector{by("F/1", "t", "c", "h")})));
  scan_report report;
  auto const e = failure(same_inputs(store, names({"F/1", "F/2"}), {}, report));
  CHECK(e.code == condition::not_found);
  CHECK(e.path == "F/2");
  CHECK(code_of(same_inputs(store, names({"F/1"}), {}, report)) == "usage");
}
