#include <waybill/manifest/entry.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

digest sha256_of(char digit) { return digest::parse(algorithms::sha256, std::string(64, digit)).value(); }
digest md5_of(char digit) { return digest::parse(algorithms::md5, std::string(32, digit)).value(); }

entry base() {
  return {logical_key::parse("a").value(),
          3,
          {sha256_of('1'), md5_of('1')},
          nullptr,
          {physical_key::file("/a")},
          json::object{{"user_meta", json::object{{"x", json::number{"1.0"}}, {"y", true}}}}};
}

json::value md5_hash(char const* value) { return json::object{{"type", "MD5"}, {"value", value}}; }

}  // namespace

TEST_CASE("equal size, digest and metadata is no change, wherever the bytes lie") {
  auto after = base();
  after.places = {physical_key::s3("b", "k")};
  CHECK(compare_entries(base(), after) == entry_change::none);
}

TEST_CASE("the strongest common digest decides") {
  auto after = base();
  after.digests = {sha256_of('1'), md5_of('2')};
  CHECK(compare_entries(base(), after) == entry_change::none);
  after.digests = {sha256_of('2'), md5_of('1')};
  CHECK(compare_entries(base(), after) == entry_change::content);
  after.digests = {md5_of('1')};
  CHECK(compare_entries(base(), after) == entry_change::none);
}

TEST_CASE("another size is another content whatever the digests say") {
  auto after = base();
  after.size = 4;
  CHECK(compare_entries(base(), after) == entry_change::content);
  CHECK(compare_entries(base(), after, unknown_policy::same_size) == entry_change::content);
  after.size.reset();
  CHECK(compare_entries(base(), after) == entry_change::content);
}

TEST_CASE("without a common digest the policy decides, and never for entries without a size") {
  auto after = base();
  after.digests = {digest::parse(algorithms::sha1, std::string(40, '1')).value()};
  CHECK(compare_entries(base(), after) == entry_change::content);
  CHECK(compare_entries(base(), after, unknown_policy::same_size) == entry_change::none);
  auto before = base();
  before.size.reset();
  after.size.reset();
  CHECK(compare_entries(before, after, unknown_policy::same_size) == entry_change::content);
}

TEST_CASE("foreign hashes of one type are compared, of two types they say nothing") {
  auto before = base();
  auto after = base();
  before.digests = after.digests = {};
  before.foreign_hash = md5_hash("00");
  after.foreign_hash = json::object{{"value", "00"}, {"type", "MD5"}};
  CHECK(compare_entries(before, after) == entry_change::none);
  after.foreign_hash = md5_hash("01");
  CHECK(compare_entries(before, after, unknown_policy::same_size) == entry_change::content);
  after.foreign_hash = json::object{{"type", "etag"}, {"value", "00"}};
  CHECK(compare_entries(before, after) == entry_change::content);
  CHECK(compare_entries(before, after, unknown_policy::same_size) == entry_change::none);
}

TEST_CASE("metadata is compared as it is hashed: order and spelling of numbers do not count, empty is not absent") {
  auto after = base();
  after.meta = json::object{{"user_meta", json::object{{"y", true}, {"x", json::number{"1.00"}}}}};
  CHECK(compare_entries(base(), after) == entry_change::none);
  after.meta = json::object{{"user_meta", json::object{{"y", true}, {"x", json::number{"1"}}}}};
  CHECK(compare_entries(base(), after) == entry_change::metadata);
  after.size = 4;
  CHECK(compare_entries(base(), after) == entry_change::both);
  auto bare = base();
  auto empty = base();
  bare.meta = json::object{};
  empty.meta = json::object{{"user_meta", json::object{}}};
  CHECK(compare_entries(bare, empty) == entry_change::metadata);
}

TEST_CASE("the user's metadata is found inside the manifest's") {
  auto e = base();
  REQUIRE(user_meta(e) != nullptr);
  CHECK(user_meta(e)->find("y") != nullptr);
  e.meta = json::object{};
  CHECK(user_meta(e) == nullptr);
}
