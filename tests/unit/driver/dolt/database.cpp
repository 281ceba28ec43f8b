#include <waybill/driver/dolt/database.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("a Dolt database is opened by its name and keeps it") {
  temporary_directory const dir;
  std::filesystem::create_directories(dir / "db/.dolt");
  auto const local = dolt::open_dolt((dir / "db").string(), {});
  REQUIRE(ok(local));
  CHECK((*local)->name() == (dir / "db").string());
  auto const remote = dolt::open_dolt("dolt://ann@localhost:1/db", {});
  REQUIRE(ok(remote));
  CHECK((*remote)->name() == "dolt://ann@localhost:1/db");
}

TEST_CASE("what is no Dolt database is not opened") {
  temporary_directory const dir;
  CHECK(failure(dolt::open_dolt(dir.path().string(), {})).code == errc::file_not_found);
  CHECK(failure(dolt::open_dolt("dolt://ann:secret@host/db", {})).code == errc::usage);
}

TEST_CASE("without Dolt itself every call says so") {
  temporary_directory const dir;
  std::filesystem::create_directories(dir / "db/.dolt");
  dolt::open_options how;
  how.program = "/no/such/dolt";
  auto const db = dolt::open_dolt((dir / "db").string(), how);
  REQUIRE(ok(db));
  string_sink out;
  CHECK(failure((*db)->read({.table = "t"}, out)).code == errc::file_not_found);
  CHECK(failure((*db)->commit_of("main")).path == "/no/such/dolt");
}

TEST_CASE("what cannot be asked is refused before Dolt is started") {
  temporary_directory const dir;
  std::filesystem::create_directories(dir / "db/.dolt");
  dolt::open_options how;
  how.program = "/no/such/dolt";
  auto const db = dolt::open_dolt((dir / "db").string(), how);
  REQUIRE(ok(db));
  string_sink out;
  for (auto const* query : {"DROP TABLE t", "CALL DOLT_GC()", "  delete from t", "-- x\nDROP TABLE t", ""}) {
    INFO(query);
    CHECK(failure((*db)->read({.table = "t", .query = query}, out)).code == errc::usage);
  }
  CHECK(failure((*db)->read({.table = "t\\"}, out)).code == errc::usage);
  memory_source rows{std::string_view{"id\n1\n"}};
  CHECK(failure((*db)->write({.table = "t", .primary_key = {"id"}}, rows)).code == errc::usage);
  memory_source broken{std::string_view{"id\n\"1\n"}};
  CHECK(failure((*db)->write({.table = "t", .primary_key = {"id"}, .writer = "w"}, broken)).code ==
        errc::malformed_table);
}
