#include <waybill/driver/dagster/request.hpp>

#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>
#include <waybill/registry/reference.hpp>

#include <set>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;

std::string const version(64, 'a');

TEST_CASE("A request has the names of its dataset and comes back as it was written", "[dagster]") {
  auto r = dagster::request_for("cat/mid/leaf");
  CHECK(r.category == "cat");
  CHECK(r.title == "leaf");
  r.version = version;
  r.run_key = dagster::run_key_of(r.dataset, version, 0);
  r.is_new = false;
  r.files = 3;
  r.bytes = 4;
  auto const document = dagster::document_of(r);
  CHECK(json::compact(document) ==
        R"({"run_key":"cat/mid/leaf@aaaaaaaaaaaaaaaa","dataset":"cat/mid/leaf","category":"cat","title":"leaf",)"
        R"("version":")" +
            version + R"(","change":"changed","files":3,"bytes":4,"tags":{"waybill/dataset":"cat/mid/leaf",)" +
            R"("waybill/version":")" + version + R"("}})");
  CHECK(json::compact(dagster::document_of(dagster::read_request(document).value())) == json::compact(document));
  CHECK(dagster::request_for("single").title == "single");
}

TEST_CASE("A dataset alone is a request and one that is no path below a volume is none", "[dagster]") {
  auto const read = [](std::string const& text) { return dagster::read_request(json::parse(text).value(), "extras"); };
  CHECK(read(R"({"dataset":"c/d","other":1})").value().title == "d");
  for (char const* bad : {"../x", "/etc", "a//b", "", "a/..", "."})
    CHECK(code_of(read(R"({"dataset":")" + std::string{bad} + "\"}")) == "malformed_key");
  CHECK(failure(read("{}")).path == "extras/dataset");
  CHECK(failure(read(R"({"dataset":"a","files":"3"})")).path == "extras/files");
}

TEST_CASE("A version that came back has a key of its own that begins alike", "[dagster]") {
  CHECK(dagster::run_key_of("c/d", version, 0) == "c/d@aaaaaaaaaaaaaaaa");
  CHECK(dagster::run_key_of("c/d", version, 2) == "c/d@aaaaaaaaaaaaaaaa0002");
  CHECK(dagster::run_key_of("c/d", version, 0x1234) == "c/d@aaaaaaaaaaaaaaaa1234");
}

TEST_CASE("Each dataset becomes a package of its own with a valid name", "[dagster]") {
  CHECK(dagster::package_name_for("cat/leaf") == "cat/leaf");
  std::set<std::string> names;
  for (char const* dataset : {"cat/a/b", "cat/a-b", "cat/a b", "cat/ä", "cat", "cat/cat", "c.t/a", "a/b/c/d", "-/-"}) {
    auto const name = dagster::package_name_for(dataset);
    CHECK(ok(package_name::parse(name)));
    CHECK(names.insert(name).second);
  }
  CHECK(dagster::package_name_for("cat/a/b").starts_with("cat/a-b-"));
}

}  // namespace
