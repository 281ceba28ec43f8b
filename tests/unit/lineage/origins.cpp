#include <waybill/lineage/origins.hpp>

#include <waybill/store/memory.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

run_record begun(std::string run, std::string step, std::optional<std::string> origin) {
  auto r = record_of(record_kind::begin, {"F", std::move(run), std::move(step), "1", 0});
  r.origin_run = std::move(origin);
  return r;
}

/// `run: step…` of each log, with the steps that newer runs did again.
std::vector<std::string> origins(record_store const& store, std::string const& run) {
  scan_report seen;
  std::vector<std::string> out;
  auto const note = [&](run_log const& log, std::set<step_place> const& done) -> result<void> {
    out.push_back(log.name.run + ":");
    for (auto const& [step, index] : done) out.back() += " " + step;
    return {};
  };
  REQUIRE(ok(for_each_origin(store, store.read_run({"F", run}, seen).value(), note, seen)));
  return out;
}

}  // namespace

TEST_CASE("a run leads back to the first one with what newer runs did again") {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(std::vector{begun("1", "a", {}), begun("1", "b", {}), begun("2", "b", "1"),
                                      begun("2", "c", "1"), begun("3", "d", "2")})));
  CHECK(origins(store, "1") == std::vector<std::string>{"1:"});
  CHECK(origins(store, "3") == std::vector<std::string>{"3:", "2: d", "1: b c d"});
}

TEST_CASE("runs that name each other as origin end the way") {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(std::vector{begun("1", "a", "2"), begun("2", "b", "1"), begun("5", "a", "5")})));
  CHECK(origins(store, "1") == std::vector<std::string>{"1:", "2: a"});
  CHECK(origins(store, "5") == std::vector<std::string>{"5:"});
}

TEST_CASE("a visitor's error ends the way back") {
  record_store store{any_store{memory_store{}}};
  REQUIRE(ok(store.append(std::vector{begun("2", "b", "1")})));
  scan_report seen;
  auto const fail = [](run_log const&, std::set<step_place> const&) -> result<void> {
    return make_error(errc::temporary, "no");
  };
  CHECK(code_of(for_each_origin(store, store.read_run({"F", "2"}, seen).value(), fail, seen)) == "temporary");
}
