#include <waybill/driver/valohai/status.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

TEST_CASE("A status is shown by the call the platform gave and without our token", "[valohai]") {
  fake_platform platform;
  platform.on("POST https://app.example/status", "{}");
  http_request const call{.method = "POST", .url = "https://app.example/status", .headers = {{"X-Key", "k", true}}};
  CHECK(ok(v::show_status(platform, call, "3 of 4", {})));
  REQUIRE(platform.requests.size() == 1);
  CHECK(platform.requests[0].body == R"({"status_detail":"3 of 4"})");
  CHECK_FALSE(platform.requests[0].has_token);
}

TEST_CASE("A status that cannot be shown is asked for once and is an error", "[valohai]") {
  fake_platform platform;
  platform.reply("POST https://app.example/status", {.status = 503});
  http_request const call{.method = "POST", .url = "https://app.example/status", .headers = {}};
  CHECK(v::show_status(platform, call, "x", {}).error().code == condition::transient);
  CHECK(platform.requests.size() == 1);
}

}  // namespace
