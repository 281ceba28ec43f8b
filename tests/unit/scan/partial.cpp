#include <waybill/scan/partial.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "placing.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

digest some_digest(char byte = 'a') { return digest_of(algorithms::sha256, std::string(1, byte)); }

constexpr std::int64_t week_ns = std::int64_t{7} * 24 * 3'600 * 1'000'000'000;

std::int64_t now_ns() { return std::chrono::system_clock::now().time_since_epoch().count(); }

partial_files files_in(std::filesystem::path const& directory, std::int64_t now = now_ns()) {
  return partial_files::open(directory.string(), now).value();
}

std::size_t count_in(std::filesystem::path const& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{directory}, {}));
}

void write(partial_file& file, std::string_view text) {
  REQUIRE(::write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("what is there of a content is found again by its digest and size") {
  temporary_directory dir;
  auto const files = files_in(dir / "partial");
  {
    auto file = files.take(some_digest(), 10);
    REQUIRE(file);
    CHECK(file->size().value() == 0);
    write(*file, "0123");
  }
  CHECK(files.take(some_digest(), 10)->size().value() == 4);
  CHECK(files.take(some_digest(), 11)->size().value() == 0);
  CHECK(files.take(some_digest('b'), 10)->size().value() == 0);
  CHECK(count_in(dir / "partial") == 1);  // empty ones do not stay
  auto file = files.take(some_digest(), 10);
  REQUIRE(ok(file->discard()));
  CHECK(file->size().value() == 0);
  write(*file, "01");
  file->finish();
  CHECK(count_in(dir / "partial") == 0);
}

TEST_CASE("what somebody works on is nobody else's") {
  temporary_directory dir;
  auto const files = files_in(dir / "partial");
  auto first = files.take(some_digest(), 10);
  REQUIRE(first);
  write(*first, "0123");
  CHECK_FALSE(files.take(some_digest(), 10));
  CHECK(files_in(dir / "partial", now_ns() + 2 * week_ns).clear() == 0);
  first.reset();
  CHECK(files.take(some_digest(), 10)->size().value() == 4);
}

TEST_CASE("a file that has another name already is not written to") {
  temporary_directory dir;
  auto const files = files_in(dir / "partial");
  {
    auto file = files.take(some_digest(), 4);
    write(*file, "0123");
    std::filesystem::create_hard_link(file->path(), dir / "installed");
  }
  auto again = files.take(some_digest(), 4);
  REQUIRE(again);
  CHECK(again->size().value() == 0);
  write(*again, "x");
  CHECK(waybill_test::read_file(dir / "installed") == "0123");
}

TEST_CASE("files of a week ago are removed and all of them on request") {
  temporary_directory dir;
  auto const leave = [&](char byte) {
    auto file = files_in(dir / "partial").take(some_digest(byte), 10);
    write(*file, "0123");
  };
  leave('a');
  files_in(dir / "partial", now_ns() + week_ns - 60'000'000'000);
  CHECK(count_in(dir / "partial") == 1);
  files_in(dir / "partial", now_ns() + week_ns + 60'000'000'000);
  CHECK(count_in(dir / "partial") == 0);
  leave('a');
  leave('b');
  CHECK(files_in(dir / "partial").clear() == 8);
  CHECK(count_in(dir / "partial") == 0);
}

TEST_CASE("where nothing can be written there is no file") {
  temporary_directory dir;
  auto const files = files_in(dir / "partial");
  std::filesystem::remove(dir / "partial");
  CHECK_FALSE(files.take(some_digest(), 10));
  CHECK_FALSE(partial_files::open("/proc/none", now_ns()));
  std::filesystem::create_directories(dir / "partial");
  std::filesystem::create_symlink(dir / "target", dir / ("partial/sha256-" + some_digest().hex() + "-10"));
  CHECK_FALSE(files.take(some_digest(), 10));
  CHECK_FALSE(std::filesystem::exists(dir / "target"));
}
