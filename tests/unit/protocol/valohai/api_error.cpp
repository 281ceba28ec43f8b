#include <waybill/protocol/valohai/api_error.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("Every form in which the platform complains becomes one line", "[valohai]") {
  CHECK(v::error_text(R"({"detail":"Not found."})") == "Not found.");
  CHECK(v::error_text(R"({"error":"no"})") == "no");
  CHECK(v::error_text(R"({"non_field_errors":["a",{"code":"c","message":"b"}]})") == "a, b");
  CHECK(v::error_text(R"({"name":[{"code":"unique","message":"taken"}],"files":["x"]})") == "name: taken; files: x");
  CHECK(v::error_text(R"({"code":"has_2fa"})") == "code: has_2fa");
  CHECK(v::error_text("<!DOCTYPE html><p>Oops").empty());
  CHECK(v::error_text("").empty());
}

TEST_CASE("A refusal is permanent and passing trouble is not", "[valohai]") {
  auto const of = [](int status) { return v::api_failure(status, {}, R"({"detail":"so"})", "https://h/x?q=1"); };
  CHECK(of(404).code == condition::permanent);
  CHECK(of(410).code == condition::permanent);
  CHECK(of(400).code == condition::permanent);
  CHECK(of(401).code == condition::denied);
  CHECK_THAT(of(403).detail, contains("VH_API_TOKEN"));
  CHECK(of(429).code == condition::transient);
  CHECK(of(503).code == condition::transient);
  CHECK(of(404).path == "https://h/x");
  CHECK_THAT(of(404).detail, contains("404") && contains("so"));
  header_list const wait{{"Retry-After", "7"}};
  CHECK(v::api_failure(429, wait, "", "https://h/").retry_after == std::chrono::seconds{7});
}

}  // namespace
