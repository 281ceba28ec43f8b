#include <waybill/driver/metaflow/delivery.hpp>

#include <filesystem>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
namespace fs = std::filesystem;

namespace {

result<void> deliver(std::string const& path, std::string const& text) {
  auto file = metaflow::file_delivery::start(path);
  if (!file) return file.error();
  REQUIRE(ok(file->write(as_bytes(text))));
  return file->finish();
}

}  // namespace

TEST_CASE("a delivered file appears whole and replaces what was there") {
  temporary_directory dir;
  auto const path = (dir / "new/rows.csv").string();
  REQUIRE(ok(deliver(path, "a\n1\n")));
  CHECK(read_file(path).value() == "a\n1\n");
  REQUIRE(ok(deliver(path, "b\n")));
  CHECK(read_file(path).value() == "b\n");
}

TEST_CASE("a delivery that is not finished leaves nothing behind") {
  temporary_directory dir;
  auto const path = (dir / "rows.csv").string();
  write_file(path, "old");
  {
    auto file = metaflow::file_delivery::start(path);
    REQUIRE(ok(file));
    REQUIRE(ok(file->write(as_bytes("half"))));
  }
  CHECK(read_file(path).value() == "old");
  CHECK(std::distance(fs::directory_iterator{dir.path()}, fs::directory_iterator{}) == 1);
}

TEST_CASE("a delivery replaces no device and no directory") {
  temporary_directory dir;
  CHECK(code_of(deliver("/dev/null", "x")) == "unsafe_path");
  CHECK(code_of(deliver(dir.path().string(), "x")) == "unsafe_path");
  CHECK(code_of(deliver((dir / "").string(), "x")) == "usage");
  CHECK(code_of(deliver("..", "x")) == "usage");
}
