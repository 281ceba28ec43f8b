#include <waybill/protocol/clowder/api_error.hpp>

#include "support/catch.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;
using waybill_test::contains;

TEST_CASE("A refusal is told in one line whatever its form", "[clowder]") {
  CHECK(error_text("Not authorized") == "Not authorized");
  CHECK(error_text(R"("Missing parameter [name]")") == "Missing parameter [name]");
  CHECK(error_text(R"({"detail":"Dataset x not found"})") == "Dataset x not found");
  CHECK(error_text(R"({"detail":{"error":"Key is invalid."}})") == "Key is invalid.");
  CHECK(error_text(R"({"detail":[{"loc":["query","license_id"],"msg":"field required","type":"x"}]})") ==
        "query.license_id: field required");
  CHECK(error_text("<html><body>no</body></html>").empty());
  CHECK(error_text("").empty());
}

TEST_CASE("The status decides what a refusal means", "[clowder]") {
  auto const denied = api_failure(401, {}, "Not authorized", "https://c.example/api/datasets");
  CHECK(denied.code == condition::denied);
  CHECK_THAT(denied.detail, contains("CLOWDER_TOKEN"));
  CHECK(api_failure(404, {}, "", "https://c.example/x").code == condition::not_found);
  CHECK(api_failure(500, {}, "Internal Server Error", "https://c.example/x").code == condition::transient);
  CHECK(api_failure(422, {}, "{}", "https://c.example/x").code == condition::permanent);
}

TEST_CASE("A redirect says where it leads and is not for repeating", "[clowder]") {
  auto const led = api_failure(302, {{"Location", "https://other.example/x?sig=1"}}, "", "http://c.example/api");
  CHECK(led.code == errc::permanent);
  CHECK_THAT(led.detail, contains("https://other.example/x") && contains("CLOWDER_URL"));
  CHECK_THAT(led.detail, !contains("sig=1"));
}

}  // namespace
