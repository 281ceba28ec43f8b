#include <waybill/scan/reading.hpp>

#include <utility>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

namespace {

detail::tree_content listed(fs::path const& root) {
  return {.listing = *detail::list_tree(root.string(), {}, {}), .algorithms = {algorithms::sha2_256_chunked}};
}

}  // namespace

TEST_CASE("files that vanish or become something else between listing and reading are named") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "d/f", "x");
  auto const path = fs::canonical(dir / "d/f").string();
  auto tree = listed(dir.path());
  SECTION("a file that is gone") { fs::remove(path); }
  SECTION("a directory in its place") {
    fs::remove(path);
    fs::create_directory(path);
  }
  SECTION("a link in its place") {
    fs::rename(path, dir / "other");
    fs::create_symlink(dir / "other", path);
  }
  SECTION("a pipe in its place") {
    fs::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  auto const r = detail::read_files(tree, {}, {});
  CHECK(r.error().code == errc::source_changed);
  CHECK(r.error().path == path);
}

TEST_CASE("a directory that vanishes between listing and reading is named") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "d/f", "x");
  auto const path = fs::canonical(dir / "d").string();
  auto tree = listed(dir.path());
  fs::remove_all(path);
  auto const r = detail::read_files(tree, {}, {});
  CHECK(r.error().code == errc::source_changed);
  CHECK(r.error().path == path);
}

TEST_CASE("files that change while they are read are named") {
  waybill_test::temporary_directory const dir;
  auto const size = GENERATE(std::uintmax_t{200'000}, std::uintmax_t{5'000'000}, std::uintmax_t{20'000'000});
  waybill_test::write_file(dir / "f", "x");
  fs::resize_file(dir / "f", size);
  auto const path = fs::canonical(dir / "f").string();
  auto tree = listed(dir.path());
  job_control control{.workers = 2};
  bool changed = false;
  control.on_progress = [&](progress const& p) {
    if (p.bytes_done != 0 && !std::exchange(changed, true)) fs::resize_file(path, size + 1);
  };
  auto const r = detail::read_files(tree, {}, control);
  REQUIRE(changed);
  REQUIRE_FALSE(r);
  CHECK(r.error().code == errc::source_changed);
  CHECK(r.error().path == path);
}

TEST_CASE("a stop request ends a scan inside a large file, in parts or not") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "x");
  fs::resize_file(dir / "f", std::uintmax_t{64} << 30);
  for (auto const a : {algorithm{algorithms::sha2_256_chunked}, algorithm{algorithms::md5}}) {
    auto tree = listed(dir.path());
    tree.algorithms = {a};
    std::stop_source source;
    job_control const control{.workers = 2,
                              .on_progress =
                                  [&](progress const& p) {
                                    if (p.bytes_done != 0) source.request_stop();
                                  },
                              .stop = source.get_token()};
    auto const start = waybill_test::now_ns();
    CHECK(detail::read_files(tree, {}, control).error().code == errc::interrupted);
    CHECK(waybill_test::now_ns() - start < 1'000'000'000);
  }
}
