#include <waybill/json/value.hpp>

#include <limits>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("a value answers only for the type it holds") {
  json::value const text{"text"};
  CHECK(*text.as_string() == "text");
  CHECK(text.as_number() == nullptr);
  CHECK(text.as_bool() == nullptr);
  CHECK(text.as_array() == nullptr);
  CHECK(text.as_object() == nullptr);
  CHECK_FALSE(text.is_null());
  CHECK(json::value{}.is_null());
  CHECK(json::value{true}.as_bool() != nullptr);
}

TEST_CASE("whole numbers keep all their digits") {
  CHECK(json::value::integer(std::numeric_limits<std::int64_t>::min()).as_number()->text == "-9223372036854775808");
  CHECK(json::value::integer(std::numeric_limits<std::uint64_t>::max()).as_number()->text == "18446744073709551615");
}

TEST_CASE("numbers are equal when their texts are") {
  CHECK(json::value{json::number{"1.0"}} == json::value{json::number{"1.0"}});
  CHECK_FALSE(json::value{json::number{"1.0"}} == json::value{json::number{"1"}});
}

TEST_CASE("a member is found by its whole name, in objects only") {
  json::value v{json::object{{"a", json::value{true}}, {"ab", json::value{"x"}}}};
  REQUIRE(v.find("ab") != nullptr);
  CHECK(*v.find("ab")->as_string() == "x");
  CHECK(v.find("b") == nullptr);
  CHECK(v.find("") == nullptr);
  CHECK(json::value{json::array{json::value{"a"}}}.find("a") == nullptr);
  *v.find("a") = json::value{"changed"};
  CHECK(*v.find("a")->as_string() == "changed");
}

TEST_CASE("setting a member keeps its place, and puts a new one last") {
  json::object o;
  json::set_member(o, "b", json::value{"1"});
  json::set_member(o, "a", json::value{"2"});
  json::set_member(o, "b", json::value{"3"});
  CHECK(o == json::object{{"b", json::value{"3"}}, {"a", json::value{"2"}}});
}
