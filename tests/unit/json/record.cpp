#include <waybill/json/record.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"

using namespace waybill;

namespace {

json::value const& sample() {
  static json::value const v = json::parse(
                                   R"({"s":"x","n":7,"big":18446744073709551615,"b":true,"a":[1,2],"o":{"k":null},
                                       "null":null,"neg":-1,"frac":1.5,"huge":18446744073709551616,
                                       "list":["p","q"],"mixed":["p",1],"a/b~c":3})")
                                   .value();
  return v;
}

/// The error that reading a member leaves behind.
template <class Read>
error failure(Read read) {
  json::record_reader r{sample(), "/at"};
  read(r);
  CHECK_FALSE(r.ok());
  auto const end = r.finish();
  REQUIRE(end.has_error());
  return end.error();
}

}  // namespace

TEST_CASE("members are read by name and type") {
  json::record_reader r{sample()};
  CHECK(r.required_string("s") == "x");
  CHECK(r.required_uint64("n") == 7);
  CHECK(r.required_uint64("big") == 18446744073709551615u);
  CHECK(r.required_bool("b"));
  CHECK(r.required_array("a").size() == 2);
  CHECK(r.required_object("o").find("k") != nullptr);
  CHECK(r.optional_string("s") == "x");
  CHECK(r.optional_uint64("n") == 7u);
  CHECK(r.optional_bool("b") == true);
  CHECK(r.optional_array("a")->size() == 2);
  CHECK(r.optional_object("o") == sample().find("o"));
  CHECK(r.optional_any("frac") == sample().find("frac"));
  CHECK(r.optional_strings("list") == std::vector<std::string>{"p", "q"});
  CHECK(r.ok());
  CHECK(r.finish().has_value());
}

TEST_CASE("an optional member that is absent or null is empty and no error") {
  json::record_reader r{sample()};
  for (auto const* name : {"absent", "null"}) {
    CHECK_FALSE(r.optional_string(name));
    CHECK_FALSE(r.optional_uint64(name));
    CHECK_FALSE(r.optional_bool(name));
    CHECK(r.optional_array(name) == nullptr);
    CHECK(r.optional_object(name) == nullptr);
    CHECK(r.optional_any(name) == nullptr);
    CHECK(r.optional_strings(name).empty());
  }
  CHECK(r.finish().has_value());
}

TEST_CASE("a required member that is absent is missing, one that is null has the wrong type") {
  auto const missing = failure([](auto& r) { CHECK(r.required_string("absent").empty()); });
  CHECK(missing.code == errc::missing_member);
  CHECK(missing.path == "/at/absent");
  auto const null = failure([](auto& r) { CHECK(r.required_array("null").empty()); });
  CHECK(null.code == errc::wrong_type);
  CHECK(null.detail == "must be an array, not null");
}

TEST_CASE("another type is refused and named") {
  CHECK(failure([](auto& r) { (void)r.required_string("n"); }).detail == "must be a string, not a number");
  CHECK(failure([](auto& r) { CHECK(r.required_uint64("s") == 0); }).detail == "must be a whole number, not a string");
  CHECK(failure([](auto& r) { CHECK_FALSE(r.required_bool("o")); }).detail == "must be a boolean, not an object");
  CHECK(failure([](auto& r) { CHECK(r.required_array("b").empty()); }).detail == "must be an array, not a boolean");
  CHECK(failure([](auto& r) { CHECK(r.required_object("a").as_object()->empty()); }).detail ==
        "must be an object, not an array");
  CHECK(failure([](auto& r) { (void)r.optional_string("n"); }).code == errc::wrong_type);
  CHECK(failure([](auto& r) { (void)r.optional_uint64("s"); }).code == errc::wrong_type);
  CHECK(failure([](auto& r) { (void)r.optional_bool("s"); }).code == errc::wrong_type);
  CHECK(failure([](auto& r) { (void)r.optional_array("s"); }).code == errc::wrong_type);
  CHECK(failure([](auto& r) { (void)r.optional_object("s"); }).code == errc::wrong_type);
}

TEST_CASE("sizes that are negative, fractional or too large are out of range") {
  for (auto const* name : {"neg", "frac", "huge"}) {
    auto const e = failure([&](auto& r) { CHECK(r.required_uint64(name) == 0); });
    CHECK(e.code == errc::size_out_of_range);
    CHECK(e.path == std::string{"/at/"} + name);
  }
  CHECK(failure([](auto& r) { (void)r.optional_uint64("neg"); }).code == errc::size_out_of_range);
}

TEST_CASE("a list of strings points at the item that is none") {
  auto const e = failure([](auto& r) { CHECK(r.optional_strings("mixed").empty()); });
  CHECK(e.code == errc::wrong_type);
  CHECK(e.path == "/at/mixed/1");
}

TEST_CASE("the first error stays") {
  auto const e = failure([](auto& r) {
    (void)r.required_string("absent");
    (void)r.required_string("n");
    r.fail(errc::malformed_digest, "later", "s");
  });
  CHECK(e.code == errc::missing_member);
  auto const own = failure([](auto& r) { r.fail(errc::malformed_digest, "not hexadecimal", "s"); });
  CHECK(own == make_error(errc::malformed_digest, "not hexadecimal", "/at/s"));
}

TEST_CASE("a record that is no object fails at its own pointer") {
  json::value const v{"text"};
  json::record_reader r{v, "/items/3"};
  CHECK_FALSE(r.ok());
  CHECK(r.required_uint64("n") == 0);
  CHECK(r.finish().error().code == errc::wrong_type);
  CHECK(r.finish().error().path == "/items/3");
}

TEST_CASE("pointers escape what separates them") {
  CHECK(json::pointer_token("a/b~c~1") == "a~1b~0c~01");
  CHECK(json::pointer_token("") == "");
  json::record_reader r{sample(), "/at"};
  CHECK(r.pointer_to("a/b~c") == "/at/a~1b~0c");
  CHECK(r.required_uint64("a/b~c") == 3);
}
