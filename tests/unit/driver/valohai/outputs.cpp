#include <waybill/driver/valohai/outputs.hpp>

#include "platform.hpp"

// In this file the body is needed for its insides, whichever way the kit is built.
#include <waybill/impl/scan/beneath.ipp>

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

TEST_CASE("Where outputs cannot hold unnamed files the unfinished ones lie beside them", "[valohai]") {
  workplace place;
  auto outputs = v::detail::output_access::open_without(place.out().string(), "");
  REQUIRE(ok(outputs));
  waybill::detail::root_access::of(v::detail::output_access::staging_of(*outputs)).unnamed_files = false;
  auto const beside = place.root / ".waybill-staging";
  {
    auto file = outputs->create();
    REQUIRE(ok(file_sink{file->fd(), "x"}.write(as_bytes(std::string_view{"half"}))));
    CHECK(workplace::files(beside).size() == 1);
    CHECK(workplace::files(place.out()).empty());
  }
  CHECK(workplace::files(beside).empty());
  REQUIRE(ok(outputs->write("sub/x", "1")));
  REQUIRE(ok(outputs->write("sub/x", "2")));
  CHECK(workplace::files(place.out()) == std::map<std::string, std::string>{{"sub/x", "2"}});
  CHECK(workplace::files(beside).empty());
  CHECK_FALSE(std::filesystem::exists(place.out() / ".waybill"));
}

TEST_CASE("A staging directory on another file system than the outputs is refused", "[valohai]") {
  // /proc is a file system without unnamed files that every test machine has; nothing can be made there.
  auto const nowhere = failure(v::output_directory::open("/proc/self", ""));
  CHECK(nowhere.code == errc::unsupported);
  CHECK_THAT(nowhere.detail, contains("--staging"));
  workplace place;
  auto const elsewhere = failure(v::output_directory::open("/proc/self", (place.root / "staging").string()));
  CHECK(elsewhere.code == errc::unsupported);
}

}  // namespace
