#include <waybill/driver/dagster/volume_memo.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;

constexpr std::int64_t second = 1'000'000'000;

dagster::leaf_directory leaf(std::string path, std::int64_t changed_ns = 10 * second) {
  return {.path = std::move(path), .files = 1, .bytes = 2, .changed_ns = changed_ns, .fingerprint = "f1"};
}

TEST_CASE("A memo remembers what unchanged datasets hold", "[dagster]") {
  temporary_directory const here;
  auto const file = (here / "sub/memo").string();
  dagster::volume_memo memo;
  memo.add(leaf("c/\"ä\"\n"), {"v1", 3, 4});
  REQUIRE(memo.save(file, "/v", 20 * second));
  auto const read = dagster::volume_memo::load(file, "/v");
  auto const* known = read.find(leaf("c/\"ä\"\n"));
  REQUIRE(known != nullptr);
  CHECK(known->version == "v1");
  CHECK(known->files == 3);
  CHECK(known->bytes == 4);
  CHECK(read.find(leaf("other")) == nullptr);
  auto changed = leaf("c/\"ä\"\n");
  changed.fingerprint = "f2";
  CHECK(read.find(changed) == nullptr);
}

TEST_CASE("What was changed just before a memo was begun is not believed", "[dagster]") {
  temporary_directory const here;
  auto const file = (here / "memo").string();
  dagster::volume_memo memo;
  memo.add(leaf("a", 17 * second), {"v1", 3, 4});
  memo.add(leaf("b", 18 * second), {"v1", 3, 4});
  REQUIRE(memo.save(file, "/v", 20 * second));
  auto const read = dagster::volume_memo::load(file, "/v");
  CHECK(read.find(leaf("a", 17 * second)) != nullptr);
  CHECK(read.find(leaf("b", 18 * second)) == nullptr);
}

TEST_CASE("A memo of another volume or a damaged one is empty", "[dagster]") {
  temporary_directory const here;
  auto const file = (here / "memo").string();
  dagster::volume_memo memo;
  memo.add(leaf("a"), {"v1", 3, 4});
  memo.add(leaf("b"), {"v1", 3, 4});
  REQUIRE(memo.save(file, "/v", 20 * second));
  CHECK(dagster::volume_memo::load(file, "/w").find(leaf("a")) == nullptr);
  CHECK(dagster::volume_memo::load((here / "none").string(), "/v").find(leaf("a")) == nullptr);
  auto const text = read_file(file);
  for (auto const& bad : {text.substr(0, text.size() - 5), text.substr(text.find('\n') + 1), "x" + text, text + "\n"}) {
    write_file(file, bad);
    CHECK(dagster::volume_memo::load(file, "/v").find(leaf("a")) == nullptr);
  }
}

}  // namespace
