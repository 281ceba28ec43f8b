#include <waybill/protocol/valohai/requests.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("Requests are those of the published programs and their token is a secret", "[valohai]") {
  v::requests const api{"https://app.example", "t0ken"};
  auto const request = api.dataset("d 5");
  CHECK(request.method == "GET");
  CHECK(request.url == "https://app.example/api/v0/datasets/d%205/");
  for (auto const& field : request.headers)
    if (field.name == "Authorization") {
      CHECK(field.value == "Token t0ken");
      CHECK(field.secret);
    }
  REQUIRE(request.headers.find("Authorization") != nullptr);
  CHECK(v::requests{"https://app.example/", ""}.version("aa").url == "https://app.example/api/v0/dataset-versions/aa/");
  CHECK(api.versions("d5").url == "https://app.example/api/v0/dataset-versions/?dataset=d5");
  CHECK(api.datasets().url == "https://app.example/api/v0/datasets/?limit=100");
  CHECK(api.outputs("e0", 100, 200).url ==
        "https://app.example/api/v0/data/?ordering=id&limit=100&offset=200&output_execution=e0"
        "&exclude=output_execution%2Cproject&purged=false");
  CHECK(api.datum("x").url == "https://app.example/api/v0/data/x/");
  CHECK(api.download("x").url == "https://app.example/api/v0/data/x/download/");
  CHECK(api.create_version().method == "POST");
  CHECK(api.create_version().url == "https://app.example/api/v0/dataset-versions/");
  CHECK(*api.create_version().headers.find("Content-Type") == "application/json");
}

TEST_CASE("Another page is the same request with another query", "[valohai]") {
  v::requests const api{"https://app.example", "t"};
  CHECK(v::with_query(api.datasets(), "offset=100").url == "https://app.example/api/v0/datasets/?offset=100");
  CHECK(v::with_query(api.dataset("x"), "a=b").url == "https://app.example/api/v0/datasets/x/?a=b");
}

}  // namespace
