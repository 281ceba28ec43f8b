#include <waybill/protocol/dolt/invocation.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;
using words = std::vector<std::string>;

namespace {

dolt::database_address const local{"/data/db", {}};
dolt::database_address const remote{"", dolt::server_address{"ann", "db.example", 3310, "sales"}};

}  // namespace

TEST_CASE("a local session is the bare program and one on a server names where and who") {
  CHECK(dolt::session_words(local, "/opt/dolt") == words{"/opt/dolt", "sql", "-r", "csv"});
  CHECK(dolt::session_words(remote, "dolt") == words{"dolt", "--host", "db.example", "--port", "3310", "--user", "ann",
                                                     "--no-tls", "--use-db", "sales", "sql", "-r", "csv"});
}

TEST_CASE("a password reaches a server by the environment only") {
  words const given{"HOME=/home/ann", "DOLT_CLI_PASSWORD=hunter2", "DOLT_CLI_USER=bob", "NO_COLOR="};
  CHECK(dolt::session_environment(remote, given) ==
        words{"HOME=/home/ann", "DOLT_CLI_PASSWORD=hunter2", "NO_COLOR=1", "DOLT_DISABLE_EVENT_FLUSH=1"});
  CHECK(dolt::session_environment(local, given) == words{"HOME=/home/ann", "NO_COLOR=1", "DOLT_DISABLE_EVENT_FLUSH=1"});
}

TEST_CASE("a server without a password is given the empty one so that nobody is asked for it") {
  CHECK(dolt::session_environment(remote, {"DOLT_CLI_PASSWORDS=x"}) ==
        words{"DOLT_CLI_PASSWORDS=x", "NO_COLOR=1", "DOLT_DISABLE_EVENT_FLUSH=1", "DOLT_CLI_PASSWORD="});
}
