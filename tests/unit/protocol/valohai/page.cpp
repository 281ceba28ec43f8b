#include <waybill/protocol/valohai/page.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

result<v::page> read(std::string_view text) { return v::read_page(json::parse(text).value()); }

TEST_CASE("Of the next page's URL only the query counts", "[valohai]") {
  auto const p = read(R"({"count":3,"next":"http://other.example/api/v0/data/?limit=1&offset=1#x","previous":null,
    "results":[{"id":"a"}]})");
  REQUIRE(ok(p));
  CHECK(p->results.size() == 1);
  CHECK(p->says_next);
  CHECK(p->next == "limit=1&offset=1");
}

TEST_CASE("A page without a next one says so or says nothing", "[valohai]") {
  auto const last = read(R"({"next":null,"results":[]})").value();
  CHECK(last.says_next);
  CHECK_FALSE(last.next);
  CHECK_FALSE(read(R"({"results":[]})").value().says_next);
  CHECK(read(R"([{"id":"a"},{"id":"b"}])").value().results.size() == 2);
}

TEST_CASE("What is no page is an error", "[valohai]") {
  CHECK(failure(read("{}")).path == "/results");
  CHECK(code_of(read(R"({"results":[],"next":7})")) == "wrong_type");
  CHECK(code_of(read(R"({"results":[],"next":"https://x/data/"})")) == "malformed_url");
}

}  // namespace
