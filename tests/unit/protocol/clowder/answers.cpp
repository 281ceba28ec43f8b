#include <waybill/protocol/clowder/answers.hpp>

#include <waybill/json/parse.hpp>

#include <string_view>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;
using waybill_test::failure;

json::value parsed(std::string_view text) { return json::parse(text).value(); }

TEST_CASE("A list of version 1 is an array and one of version 2 a page with a total", "[clowder]") {
  CHECK(read_rows(api_version::v1, parsed("[1,2]")).value().items.size() == 2);
  CHECK_FALSE(read_rows(api_version::v1, parsed("[]")).value().total);
  auto const page =
      read_rows(api_version::v2, parsed(R"({"metadata":{"total_count":12,"skip":0,"limit":2},"data":[1,2]})")).value();
  CHECK(page.items.size() == 2);
  CHECK(page.total == 12U);
  CHECK(failure(read_rows(api_version::v1, parsed("{}"))).code == errc::wrong_type);
  CHECK(failure(read_rows(api_version::v2, parsed("[]"))).code == errc::wrong_type);
  CHECK(failure(read_rows(api_version::v2, parsed(R"({"metadata":{},"data":[]})"))).path == "/metadata/total_count");
}

TEST_CASE("A file of version 1 has its size as a text and its folder as an object", "[clowder]") {
  auto const file =
      read_file_row(api_version::v1,
                    parsed(R"({"id":"f","filename":"a","size":"123","folders":{"id":"p","name":"in"}})"), "")
          .value();
  CHECK(file.id == "f");
  CHECK(file.name == "a");
  CHECK(file.folder == "p");
  CHECK(file.size == 123);
  CHECK(file.version == 1);
  CHECK(read_file_row(api_version::v1, parsed(R"({"id":"f","filename":"a","size":7})"), "").value().size == 7);
  for (auto const* size : {"\"12x\"", "\"\"", "\"-1\"", "null", "1.5"}) {
    CAPTURE(size);
    auto const row = parsed(std::string{R"({"id":"f","filename":"a","size":)"} + size + "}");
    CHECK(failure(read_file_row(api_version::v1, row, "/3")).path == "/3/size");
  }
}

TEST_CASE("A file of version 2 has bytes and the number of its content", "[clowder]") {
  auto const row = parsed(R"({"id":"f","name":"a","bytes":5,"version_num":3,"folder_id":null})");
  auto const file = read_file_row(api_version::v2, row, "").value();
  CHECK(file.size == 5);
  CHECK(file.version == 3);
  CHECK(file.folder.empty());
  CHECK(failure(read_file_row(api_version::v2, parsed(R"({"id":"f","name":"a"})"), "/0")).path == "/0/bytes");
}

TEST_CASE("Rows say where they lack what is needed", "[clowder]") {
  CHECK(read_space(parsed(R"({"id":"s","name":"n","more":1})"), "").value().name == "n");
  CHECK(failure(read_space(parsed(R"({"id":"s"})"), "/4")).path == "/4/name");
  CHECK(read_dataset(parsed(R"({"id":"d","name":"n","spaces":["s"]})"), "").value().spaces ==
        std::vector<std::string>{"s"});
  CHECK(failure(read_folder(parsed(R"({"id":1,"name":"n"})"), "/1")).code == errc::wrong_type);
}

TEST_CASE("Each version tells its number in its own place", "[clowder]") {
  CHECK(read_version(api_version::v1, parsed(R"({"version":{"number":"1.23.0","build":"x"}})")).value() == "1.23.0");
  CHECK(read_version(api_version::v2, parsed(R"({"version":"2.0.0-beta.4"})")).value() == "2.0.0-beta.4");
  CHECK_FALSE(read_version(api_version::v1, parsed(R"({"version":"2.0.0-beta.4"})")));
}

TEST_CASE("What could not be stored is told by version 1 with success and may be tried again", "[clowder]") {
  CHECK(read_made(parsed(R"({"id":"d"})")).value() == "d");
  CHECK(failure(read_made(parsed(R"({"status":"error"})"))).code == condition::transient);
  CHECK(failure(read_made(parsed("{}"))).code == errc::missing_member);
}

TEST_CASE("An upload is answered with an id or with a whole file", "[clowder]") {
  CHECK(read_uploaded(api_version::v1, parsed(R"({"id":"f"})")).value().id == "f");
  CHECK(read_uploaded(api_version::v2, parsed(R"({"id":"f","name":"a","bytes":5,"version_num":1})")).value().size == 5);
  CHECK_FALSE(read_uploaded(api_version::v1, parsed(R"({"ids":[]})")));
}

TEST_CASE("A freeze has a number and none is told as a negative one", "[clowder]") {
  CHECK(read_freeze(parsed(R"({"frozen_version_num":2})")).value() == 2);
  CHECK(read_freeze(parsed("3")).value() == 3);
  CHECK(read_freeze(parsed("-999")).value() == 0);
  CHECK_FALSE(read_freeze(parsed("{}")));
  CHECK_FALSE(read_freeze(parsed("1.5")));
}

TEST_CASE("A link is told by name", "[clowder]") {
  CHECK(read_link(parsed(R"({"presigned_url":"http://s/x"})")).value() == "http://s/x");
  CHECK_FALSE(read_link(parsed("{}")));
}

}  // namespace
