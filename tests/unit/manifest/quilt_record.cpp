#include <waybill/json/write.hpp>
#include <waybill/manifest/quilt_record.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

/// A record with further members.
std::string with(std::string const& more) {
  return R"({"logical_key": "a", "size": 5, "hash": {"type": "MD5", "value": "0"}, "meta": {})" + more + "}";
}

void refuses(std::string const& text, errc code, std::string const& path) {
  INFO(text);
  auto const got = detail::parse_record(text);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == code);
  CHECK(got.error().path == path);
}

}  // namespace

TEST_CASE("a line of a manifest is one JSON object") {
  CHECK(detail::parse_record(with("")).value().find("size")->as_number()->text == "5");
  refuses("[]", errc::malformed_manifest, "");
  refuses("{\"a\": }", errc::malformed_json, "line 1, column 7");
}

TEST_CASE("members of a line and of its hash stand once however they are written") {
  refuses(with(R"(, "size": 5)"), errc::duplicate_member, "/size");
  refuses(with(R"(, "meta": {})"), errc::duplicate_member, "/meta");
  refuses(with(R"(, "si\u007ae": 6)"), errc::duplicate_member, "/size");
  refuses(with(R"(, "x/~": 6, "x/~": [":", {"x": 1}])"), errc::duplicate_member, "/x~1~0");
  refuses(R"({"hash": {"type": "MD5", "value": "0", "value": "1"}})", errc::duplicate_member, "/hash/value");
  refuses(R"({"h\u0061sh": {"type": "MD5", "type": "MD5"}})", errc::duplicate_member, "/hash/type");
}

TEST_CASE("deeper in a line the last member of a name counts") {
  CHECK(detail::parse_record(with(R"(, "other": {"a": 1, "a": 2}, "list": [{"b": 1, "b": 2}, {"b": 1}])")));
  auto const record =
      detail::parse_record(R"({"meta": {"user_meta": {"a": 1, "b": {"c": 1, "c": 2}, "a": 3}}})").value();
  CHECK(json::compact(*record.find("meta")) == R"({"user_meta":{"a":3,"b":{"c":2}}})");
}
