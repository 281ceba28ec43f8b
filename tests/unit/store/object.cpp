#include <waybill/store/object.hpp>

#include "contract.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

std::string part_of(object_content const& content, byte_range range) {
  return read_all(*content.open(range).value()).value();
}

}  // namespace

TEST_CASE("a content can be opened again and in parts") {
  temporary_directory home;
  auto const path = (home / "f").string();
  write_file(path, "0123456789");
  memory_content const in_memory{std::string_view{"0123456789"}};
  auto const in_file = file_content::open_path(path).value();
  for (object_content const* content :
       {static_cast<object_content const*>(&in_memory), static_cast<object_content const*>(&in_file)}) {
    CHECK(content->size() == 10);
    for (int again = 0; again < 2; ++again) CHECK(part_of(*content, {}) == "0123456789");
    CHECK(part_of(*content, {3, 4}) == "3456");
    CHECK(part_of(*content, {8, 4}) == "89");
    CHECK(part_of(*content, {10, {}}).empty());
    CHECK(part_of(*content, {11, 1}).empty());
  }
  CHECK_FALSE(in_memory.local_file());
  CHECK(in_file.local_file() == path);
}

TEST_CASE("a file that has another size than when it was looked at is no content any more") {
  temporary_directory home;
  auto const path = (home / "f").string();
  write_file(path, "0123456789");
  auto const content = file_content::open_path(path).value();
  auto const early = content.open({}).value();
  write_file(path, "01234567890");
  auto const late = content.open({});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == errc::source_changed);
  CHECK(late.error().path == path);
  CHECK_THAT(late.error().detail, contains("10 bytes") && contains("11"));
  // Opened before it grew: the end is not where it was promised.
  CHECK(read_all(*early).error().code == errc::source_changed);
}

TEST_CASE("a missing file and a directory are no contents") {
  temporary_directory home;
  CHECK(file_content::open_path((home / "none").string()).error().code == errc::file_not_found);
  CHECK_FALSE(file_content::open_path(home.path().string()));
}
