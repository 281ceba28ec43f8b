// The contract of databases of tables, and what only Dolt has, against a real Dolt named by the environment:
//
//   WAYBILL_TEST_DOLT     the program
//   WAYBILL_TEST_DOLT_DB  an empty database: a directory, or dolt://user@host:port/db
//
// tests/support/with_dolt.py sets them.

#include <waybill/driver/dolt/database.hpp>

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "unit/driver/table/contract.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

std::string environment(char const* name) {
  char const* text = std::getenv(name);
  return text ? text : "";
}

dolt::open_options options() {
  dolt::open_options out;
  out.program = environment("WAYBILL_TEST_DOLT");
  for (char** at = environ; *at != nullptr; ++at) out.environment.emplace_back(*at);
  out.wait.sleep = [](std::chrono::milliseconds w) -> result<void> {
    std::this_thread::sleep_for(w);
    return {};
  };
  return out;
}

std::unique_ptr<table::database> open_it() {
  auto db = dolt::open_dolt(environment("WAYBILL_TEST_DOLT_DB"), options());
  if (!db) throw std::runtime_error(db.error().message());
  return std::move(*db);
}

}  // namespace

TEST_CASE("a Dolt database knows what is absent", "[contract]") { contract_of_absent_tables(open_it); }
TEST_CASE("a Dolt database puts rows in by each mode", "[contract]") { contract_of_write_modes(open_it); }
TEST_CASE("a Dolt database takes many rows at once", "[contract]") { contract_of_many_rows(open_it); }
TEST_CASE("a Dolt database takes all rows or none", "[contract]") { contract_of_failed_writes(open_it); }
TEST_CASE("a Dolt database gives values back as they were", "[contract]") { contract_of_values(open_it); }
TEST_CASE("a Dolt database takes unusual names", "[contract]") { contract_of_unusual_names(open_it); }
TEST_CASE("a Dolt database keeps writers apart", "[contract]") { contract_of_writers(open_it); }
TEST_CASE("a Dolt database gives rows of the commit that is asked for", "[contract]") { contract_of_versions(open_it); }
TEST_CASE("a Dolt database makes empty commits where they are allowed", "[contract]") {
  contract_of_empty_commits(open_it);
}
TEST_CASE("a Dolt database keeps a commit that conflicts beside the branch", "[contract]") {
  contract_of_conflicts(open_it);
}
TEST_CASE("twenty writers of one Dolt table side by side lose nothing", "[contract]") {
  contract_of_parallel_writers(open_it, 20);
}
TEST_CASE("a Dolt database tells what differs between commits", "[contract]") { contract_of_comparisons(open_it); }
