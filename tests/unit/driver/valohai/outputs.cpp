#include <waybill/driver/valohai/outputs.hpp>

#include "platform.hpp"

namespace {
using namespace waybill_test;

TEST_CASE("An output has no name before it is whole", "[valohai]") {
  workplace place;
  auto const outputs = place.outputs();
  {
    auto file = outputs.create();
    REQUIRE(ok(file));
    REQUIRE(ok(file_sink{file->fd(), "x"}.write(as_bytes(std::string_view{"half"}))));
    CHECK(workplace::files(place.out()).empty());
  }
  CHECK(std::filesystem::is_empty(place.out()));  // nothing is left of one that was given up
  auto file = outputs.create();
  REQUIRE(ok(file_sink{file->fd(), "x"}.write(as_bytes(std::string_view{"whole"}))));
  CHECK(ok(outputs.name(std::move(*file), "sub/x", nullptr)));
  CHECK(workplace::files(place.out()) == std::map<std::string, std::string>{{"sub/x", "whole"}});
}

TEST_CASE("An output takes the place of an earlier one and no other file appears", "[valohai]") {
  workplace place;
  auto const outputs = place.outputs();
  REQUIRE(ok(outputs.write("a", "1")));
  REQUIRE(ok(outputs.write("a", "2")));
  CHECK(workplace::files(place.out()) == std::map<std::string, std::string>{{"a", "2"}});
  CHECK_FALSE(std::filesystem::exists(place.out() / ".waybill"));
  CHECK(outputs.read("a").value() == "2");
  CHECK_FALSE(outputs.read("b").value());
  CHECK(ok(outputs.remove("a")));
  CHECK(ok(outputs.remove("a")));
  CHECK(workplace::files(place.out()).empty());
}

TEST_CASE("An output is known again until somebody writes to it", "[valohai]") {
  workplace place;
  auto const outputs = place.outputs();
  auto const sum = hash_bytes<sha256_hasher>(as_bytes(std::string_view{"text"}));
  auto file = outputs.create();
  REQUIRE(ok(file_sink{file->fd(), "x"}.write(as_bytes(std::string_view{"text"}))));
  REQUIRE(ok(outputs.name(std::move(*file), "x", &sum)));
  CHECK(outputs.holds("x", 4, sum).value());
  CHECK_FALSE(outputs.holds("x", 5, sum).value());
  CHECK_FALSE(outputs.holds("y", 4, sum).value());
  workplace::put_at(place.out() / "x", "TEXT");
  CHECK_FALSE(outputs.holds("x", 4, sum).value());
}

TEST_CASE("A directory in an output's place is an error and stays", "[valohai]") {
  workplace place;
  auto const outputs = place.outputs();
  std::filesystem::create_directories(place.out() / "a");
  CHECK_FALSE(outputs.write("a", "1"));
  CHECK(std::filesystem::is_directory(place.out() / "a"));
}

TEST_CASE("Where outputs cannot hold unnamed files a staging directory must be named", "[valohai]") {
  // /proc is a file system without unnamed files that every test machine has.
  CHECK(code_of(v::output_directory::open("/proc/self", "")) == "unsupported");
  workplace place;
  auto const elsewhere = failure(v::output_directory::open("/proc/self", (place.root / "staging").string()));
  CHECK(elsewhere.code == errc::unsupported);
  CHECK_THAT(elsewhere.detail, contains("file system of the outputs"));
}

}  // namespace
