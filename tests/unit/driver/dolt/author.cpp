#include <waybill/driver/dolt/author.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("who commits is read from Dolt's settings") {
  CHECK(dolt::author_in("metrics.disabled = true\nuser.email = ann@example.org\nuser.name = Ann B.\n") ==
        "Ann B. <ann@example.org>");
  CHECK(dolt::author_in("user.email = local@x\nuser.name = Local\nuser.email = global@x\nuser.name = Global\n") ==
        "Local <local@x>");
  CHECK(dolt::author_in("").empty());
  CHECK(dolt::author_in("user.name = Ann\n").empty());
  CHECK(dolt::author_in("user.name = A <b>\nuser.email = x@y").empty());
}

TEST_CASE("on a server its own user commits") {
  dolt::connection c;
  c.address.server = dolt::server_address{"ann", "host", 3306, "db"};
  c.program = "/no/such/dolt";
  CHECK(*dolt::author_of(c) == "");
}

TEST_CASE("without Dolt there is an error that says how to get it") {
  dolt::connection c;
  c.address.directory = "/";
  c.program = "/no/such/dolt";
  auto const e = failure(dolt::author_of(c));
  CHECK(e.code == errc::file_not_found);
  CHECK(e.path == "/no/such/dolt");
  CHECK(e.detail.find("--dolt") != std::string::npos);
}
