#include <waybill/driver/snapshots/workplace.hpp>

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("a database's package is named once and moves with its directory") {
  temporary_directory const tmp;
  auto const directory = tmp.path() / "my tables.db";
  workplace place{directory.string()};
  CHECK_FALSE(place.package().value());
  CHECK_FALSE(std::filesystem::exists(directory));
  auto const name = place.make_package("0123456789abcdef");
  REQUIRE(ok(name));
  CHECK(name->str() == "tables/my-tables-db-01234567");
  CHECK(place.make_package("ffffffff").value() == *name);
  auto const moved = tmp.path() / "moved";
  std::filesystem::rename(directory, moved);
  CHECK(workplace{moved.string()}.package().value() == *name);
}

TEST_CASE("a directory's name becomes a part of a package's name") {
  CHECK(package_part("/a/b_c-D9/") == "b_c-D9");
  CHECK(package_part("/a/\xc3\xa4.") == "db");
  CHECK(package_part("/a/x\xc3\xa4") == "x--");
  CHECK(package_part("/") == "db");
  CHECK(package_part("/a/" + std::string(100, 'x')).size() == 40);
}

TEST_CASE("what strangers put into a database's directory names a package or is refused") {
  temporary_directory const tmp;
  workplace place{tmp.path().string()};
  for (auto const* text : {"", "{", "[]", "{}", R"({"package":1})", R"({"package":"../x"})", R"({"package":"a"})",
                           R"({"package":"a/b/c"})", R"({"package":"quilt+file:///x#package=a/b"})"}) {
    CAPTURE(text);
    write_file_atomically((tmp.path() / ".waybill" / "tables.json").string(), text).value();
    auto const e = failure(place.package());
    CHECK_THAT(e.path, contains("tables.json"));
  }
  write_file_atomically((tmp.path() / ".waybill" / "tables.json").string(),
                        R"({"package":"a/b","registry":"s3://elsewhere"})")
      .value();
  CHECK(place.package().value()->str() == "a/b");
  std::filesystem::remove(tmp.path() / ".waybill" / "tables.json");
  std::filesystem::create_symlink("/etc/hostname", tmp.path() / ".waybill" / "tables.json");
  CHECK(code_of(place.package()) == "unsafe_path");
}

TEST_CASE("a lock is held by one at a time") {
  temporary_directory const tmp;
  workplace a{tmp.path().string()};
  auto const held = a.lock();
  REQUIRE(ok(held));
  CHECK(std::filesystem::exists(tmp.path() / ".waybill" / "tables.lock"));
}
