#include <waybill/protocol/valohai/platform_calls.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("The call that shows a status needs no token of ours and its own fields stay secret", "[valohai]") {
  auto const calls = v::read_platform_calls(R"({"input_request":{"url":"https://x/i"},
    "set_status_detail":{"url":"https://app/status","method":"PUT","headers":{"X-Key":"k"}}})");
  REQUIRE(ok(calls));
  REQUIRE(calls->set_status_detail);
  auto const& request = *calls->set_status_detail;
  CHECK(request.method == "PUT");
  CHECK(request.url == "https://app/status");
  CHECK(*request.headers.find("X-Key") == "k");
  CHECK(*request.headers.find("Content-Type") == "application/json");
  for (auto const& field : request.headers) CHECK(field.secret == (field.name == "X-Key"));
  CHECK(v::status_body("3 of \"4\"") == R"({"status_detail":"3 of \"4\""})");
}

TEST_CASE("An execution without the call is fine and a broken one is an error", "[valohai]") {
  CHECK_FALSE(v::read_platform_calls("{}").value().set_status_detail);
  CHECK(code_of(v::read_platform_calls(R"({"set_status_detail":{}})")) == "missing_member");
  CHECK(code_of(v::read_platform_calls(R"({"set_status_detail":{"url":"https://x/","headers":{"A":1}}})")) ==
        "wrong_type");
}

}  // namespace
