#include <waybill/protocol/clowder/records.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;

digest sum_of(std::string_view text) { return hash_bytes<sha256_hasher>(as_bytes(text)); }

json::value listed(std::vector<json::object> contents) {
  json::array out;
  for (auto& content : contents) out.emplace_back(json::object{{"id", "m"}, {"content", std::move(content)}});
  return out;
}

TEST_CASE("What was recorded of files is read again", "[clowder]") {
  file_record const a{.id = "f1", .version = 1, .path = "in/\"a\"", .size = 3, .sha256 = sum_of("abc")};
  auto const read =
      dataset_records::read(listed({content_of(std::vector{a}), content_of(dataset_record{"t", "c", "s"})}));
  REQUIRE(read);
  REQUIRE(read->find("f1", 1) != nullptr);
  CHECK(*read->find("f1", 1) == a);
  CHECK(read->find("f1", 2) == nullptr);
  CHECK(read->knows("f1"));
  CHECK_FALSE(read->knows("f2"));
  CHECK(read->about() == dataset_record{"t", "c", "s"});
}

TEST_CASE("A later record takes the place of an earlier one", "[clowder]") {
  file_record a{.id = "f1", .version = 1, .path = "a", .size = 3, .sha256 = sum_of("abc")};
  auto b = a;
  b.version = 2;
  b.sha256 = sum_of("xyz");
  auto const read = dataset_records::read(listed({content_of(std::vector{a}), content_of(std::vector{b})})).value();
  CHECK(read.find("f1", 1) == nullptr);
  CHECK(read.find("f1", 2)->sha256 == b.sha256);
}

TEST_CASE("What is not ours or damaged is passed over", "[clowder]") {
  auto const document = json::parse(R"([
    {"content":{"LatLon":"1"}}, {"no":"content"}, {"content":"text"}, {"content":{"waybill":2,"files":[]}},
    {"content":{"waybill":"1","title":"x"}},
    {"content":{"waybill":1,"files":[{"id":"f","version":1,"path":"a","size":1,"sha256":"short"},7,
       {"id":"g","version":1,"path":"b","size":-1,"sha256":""}]}}])");
  auto const read = dataset_records::read(document.value()).value();
  CHECK_FALSE(read.knows("f"));
  CHECK_FALSE(read.knows("g"));
  CHECK_FALSE(read.about());
  CHECK(waybill_test::failure(dataset_records::read(json::object{})).code == errc::wrong_type);
}

TEST_CASE("Every member of a record has a meaning in the context", "[clowder]") {
  auto const context = json::value{metadata_context()};
  file_record const a{.id = "f1", .path = "a", .size = 3, .sha256 = sum_of("abc")};
  auto const content = json::value{content_of(std::vector{a})};
  for (auto const& [name, v] : *content.as_object()) CHECK(context.find(name) != nullptr);
  for (auto const& [name, v] : *content.find("files")->as_array()->front().as_object()) {
    CAPTURE(name);
    CHECK(context.find(name) != nullptr);
  }
}

}  // namespace
