#include <waybill/protocol/valohai/datum.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

result<v::datum> read(std::string_view text) { return v::read_datum(json::parse(text).value(), "/files/0/datum"); }

TEST_CASE("A datum has an id and a name and what is known of its bytes", "[valohai]") {
  auto const d = read(R"({"id":"d1","name":"sub/a.csv","size":5,"md5":"2C1743A391305FBF367DF8E4F069F9F9",
    "sha256":"8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8","purged":true,"uri":null})");
  REQUIRE(ok(d));
  CHECK(d->id == "d1");
  CHECK(d->name == "sub/a.csv");
  CHECK(d->size == 5u);
  CHECK(d->purged);
  CHECK(d->is_complete());
  REQUIRE(d->digests.size() == 2);
  CHECK(d->digests.strongest()->kind() == algorithm{algorithms::sha256});
  CHECK(d->digests.find(algorithms::md5)->hex() == "2c1743a391305fbf367df8e4f069f9f9");
}

TEST_CASE("A size or checksum that is null or absent or no checksum is not known", "[valohai]") {
  auto const d = read(R"({"id":"d1","name":"a","size":null,"md5":"","sha1":null,"sha256":"d41d8cd98f00b204-3"})");
  REQUIRE(ok(d));
  CHECK_FALSE(d->size);
  CHECK(d->digests.empty());
  CHECK_FALSE(read(R"({"id":"d1","name":"a"})").value().size);
}

TEST_CASE("An id alone is a datum that must be asked for", "[valohai]") {
  auto const d = read(R"("d1")");
  REQUIRE(ok(d));
  CHECK(d->id == "d1");
  CHECK_FALSE(d->is_complete());
}

TEST_CASE("A datum that lacks what identifies it is an error with its place", "[valohai]") {
  CHECK(failure(read(R"({"name":"a"})")).path == "/files/0/datum/id");
  CHECK(code_of(read(R"({"id":"d","name":""})")) == "missing_member");
  CHECK(code_of(read(R"({"id":"d","name":"a","size":-1})")) == "size_out_of_range");
  CHECK(code_of(read("7")) == "wrong_type");
}

}  // namespace
