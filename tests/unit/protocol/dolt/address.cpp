#include <waybill/protocol/dolt/address.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using dolt::parse_address;

namespace {

dolt::server_address server(std::string_view text) {
  auto const a = parse_address(text);
  REQUIRE(ok(a));
  CHECK(a->directory.empty());
  REQUIRE(a->server.has_value());
  return *a->server;
}

}  // namespace

TEST_CASE("a Dolt database is named by its directory") {
  for (std::string const text : {"db", "/data/my db", "./dolt:/x", "http://host/x"}) {
    auto const a = parse_address(text);
    REQUIRE(ok(a));
    CHECK(a->directory == text);
    CHECK_FALSE(a->server.has_value());
  }
}

TEST_CASE("a Dolt server is named by user host port and database") {
  CHECK(server("dolt://ann@db.example:3310/sales") == dolt::server_address{"ann", "db.example", 3310, "sales"});
  CHECK(server("dolt://db.example/sales") == dolt::server_address{"root", "db.example", 3306, "sales"});
  CHECK(server("dolt://@db.example/sales").user == "root");
  CHECK(server("dolt://a%40b@[::1]:33/my%20db") == dolt::server_address{"a@b", "::1", 33, "my db"});
}

TEST_CASE("a password in the name of a Dolt database is refused and not shown") {
  for (std::string const text : {"dolt://ann:hunter2@host/db", "dolt://:hunter2@host/db"}) {
    auto const e = failure(parse_address(text));
    CHECK(e.code == errc::usage);
    CHECK(e.message().find("hunter2") == std::string::npos);
    CHECK(e.message().find("DOLT_CLI_PASSWORD") != std::string::npos);
  }
}

TEST_CASE("what names no Dolt database is refused") {
  for (std::string const text : {"", "dolt://", "dolt://host", "dolt://host/", "dolt:///db", "dolt://host/a/b",
                                 "dolt://host/a%2Fb", "dolt://host/db?x=1", "dolt://host/db#x", "dolt://-u@host/db",
                                 "dolt://--data-dir/db", "dolt://host/-x", "dolt://host/a%00b"}) {
    INFO(text);
    CHECK(failure(parse_address(text)).code == errc::usage);
  }
  for (std::string const port : {"", "0", "65536", "33x", "-1"}) {
    INFO(port);
    CHECK(failure(parse_address("dolt://host:" + port + "/db")).code == errc::malformed_url);
  }
}
