#include <waybill/protocol/dolt/failure.hpp>

#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

struct recorded {
  char const* complaint;
  errc code;
};

// What Dolt 1.83.2 wrote to its error output.
recorded const complaints[] = {
    {"error on line 2 for query INSERT INTO u VALUES (56,'x') /* waybill */: cannot update manifest: database is read "
     "only\n",
     errc::temporary},
    {"error on line 2 for query SELECT 1 /* waybill */: dial tcp 127.0.0.1:33512: connect: connection refused\n",
     errc::temporary},
    {"[mysql] 2026/11/26 05:54:03 packets.go:58 unexpected EOF\nerror on line 2 for query SELECT sleep(4) /* waybill "
     "*/: invalid connection\n",
     errc::temporary},
    {"error on line 2 for query COMMIT /* waybill */: Error 1213 (40001): serialization failure: this transaction "
     "conflicts with a committed transaction from another client, try restarting transaction.\n",
     errc::temporary},
    {"error on line 2 for query SELECT 1 /* waybill */: dial tcp: lookup nohost.invalid on 10.0.0.1:53: no such host\n",
     errc::permanent},
    {"error on line 2 for query SELECT 1 /* waybill */: Error 1045 (28000): Access denied for user 'root'\n",
     errc::denied},
    {"error on line 2 for query SELECT 1 /* waybill */: Error 1049 (HY000): database not found: nodb\n",
     errc::object_not_found},
    {"error on line 2 for query SELECT DOLT_HASHOF_TABLE('nope') /* waybill */: table not found: nope\n",
     errc::object_not_found},
    {"error on line 2 for query SELECT DOLT_HASHOF('nope') /* waybill */: invalid ref spec\n", errc::version_not_found},
    {"error on line 2 for query INSERT INTO t VALUES (1,'x',1) /* waybill */: duplicate primary key given: [1]\n",
     errc::collision},
    {"error on line 2 for query INSERT INTO t VALUES (1,'a') /* waybill */: string 'a' is too large for column 'v'\n",
     errc::malformed_table},
    {"error on line 2 for query INSERT INTO t VALUES ('x') /* waybill */: error: 'x' is not a valid value for 'int'\n",
     errc::malformed_table},
    {"error on line 2 for query INSERT INTO t VALUES (99999999999) /* waybill */: 99999999999 out of range for int\n",
     errc::malformed_table},
    {"error on line 2 for query INSERT INTO t VALUES (NULL,'t',1) /* waybill */: column name 'id' is non-nullable but "
     "attempted to set a value of null\n",
     errc::malformed_table},
    {"error on line 2 for query INSERT INTO b VALUES ('{\"a\":') /* waybill */: Invalid JSON text: unexpected end of "
     "JSON input\n",
     errc::malformed_table},
    {"error on line 2 for query INSERT INTO t (nope) VALUES (NULL) /* waybill */: Unknown column 'nope' in 't'\n",
     errc::usage},
    {"error on line 2 for query SELEC 1 /* waybill */\nError parsing SQL: \nsyntax error at position 6 near "
     "'SELEC'\nSELEC 1 /* waybill */\n      ^\n",
     errc::usage},
    {"error on line 2 for query CALL DOLT_MERGE('a') /* waybill */: error: local changes would be stomped by "
     "merge:\n\tt\n Please commit your changes before you merge.\n",
     errc::refused},
    {"error on line 2 for query SELECT dolt_nope() /* waybill */: function: 'dolt_nope' not found\n",
     errc::unsupported},
    {"error on line 2 for query CALL dolt_nope() /* waybill */: stored procedure \"dolt_nope\" does not exist\n",
     errc::unsupported},
    {"something new\n", errc::permanent},
    {"", errc::permanent},
};

}  // namespace

TEST_CASE("what Dolt complains of has a meaning and a place") {
  for (auto const& [complaint, code] : complaints) {
    INFO(complaint);
    auto const e = dolt::failure_of(complaint, "the/db");
    CHECK(e.code == code);
    CHECK(e.path == "the/db");
    CHECK_FALSE(e.detail.empty());
    CHECK(e.detail.find('\n') == std::string::npos);
    CHECK(e.detail.find("for query") == std::string::npos);
  }
}

TEST_CASE("the reason is shown and what to do but not the statement") {
  auto const e = dolt::failure_of(complaints[0].complaint, "db");
  CHECK(e.detail ==
        "dolt says: cannot update manifest: database is read only; another program has the database open; "
        "it is free when that one ends");
  auto const lines = dolt::failure_of(
      "error on line 2 for query CALL DOLT_MERGE('a') /* waybill */: error: first:\n\tt\n last\n", "db");
  CHECK(lines.detail == "dolt says: error: first: t last");
}

TEST_CASE("words in a statement's values do not change what a complaint means") {
  auto const e = dolt::failure_of(
      "error on line 9 for query INSERT INTO t VALUES ('database is read only','Access denied') /* waybill */: "
      "duplicate primary key given: [1]\n",
      "db");
  CHECK(e.code == errc::collision);
  CHECK(e.detail.find("Access denied") == std::string::npos);
}

TEST_CASE("a long complaint is cut and unprintable bytes are shown as such") {
  auto const e = dolt::failure_of("x /* waybill */: bad \x1b[31m\xff " + std::string(100'000, 'y'), "db");
  CHECK(e.detail.size() < 400);
  CHECK(e.detail.find('\x1b') == std::string::npos);
}
