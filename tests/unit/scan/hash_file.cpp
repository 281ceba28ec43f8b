#include <waybill/scan/hash_file.hpp>

#include <waybill/hash/openssl.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

namespace {

constexpr std::array chunked_only{algorithm{algorithms::sha2_256_chunked}};

}  // namespace

TEST_CASE("a file of any size has the digest of its bytes, on any number of workers") {
  waybill_test::temporary_directory const dir;
  constexpr std::size_t part = std::size_t{8} << 20;
  for (std::size_t const size :
       {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, part - 1, part, part + 1, 3 * part, 3 * part + 5}) {
    auto const content = waybill_test::vector_bytes(size, size & 0xff);
    waybill_test::write_file(dir / "f", content);
    for (unsigned const workers : {1U, 3U}) {
      auto const hashed = hash_file((dir / "f").string(), chunked_only, {.workers = workers});
      REQUIRE(hashed);
      CHECK(hashed->state.size == size);
      CHECK(hashed->digests.size() == 1);
      CHECK(hashed->digests.strongest()->text() == waybill_test::chunked_text(content));
    }
  }
}

TEST_CASE("several digests are computed in one pass, duplicates folded") {
  waybill_test::temporary_directory const dir;
  auto const content = waybill_test::vector_bytes(9'000'000, 3);
  waybill_test::write_file(dir / "f", content);
  std::array const wanted{algorithm{algorithms::md5}, algorithm{algorithms::sha2_256_chunked},
                          algorithm{algorithms::sha256}, algorithm{algorithms::md5}};
  auto const hashed = hash_file((dir / "f").string(), wanted);
  REQUIRE(hashed);
  CHECK(hashed->digests.size() == 3);
  CHECK(hashed->digests.find(algorithms::sha2_256_chunked)->text() == waybill_test::chunked_text(content));
  CHECK(*hashed->digests.find(algorithms::sha256) == hash_bytes<sha256_hasher>(as_bytes(content)));
  CHECK(*hashed->digests.find(algorithms::md5) == hash_bytes<md5_hasher>(as_bytes(content)));
}

TEST_CASE("the position of an open file does not matter") {
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "abc");
  auto const fd = open_for_reading((dir / "f").string());
  ::lseek(fd->get(), 2, SEEK_SET);
  CHECK(hash_open_file(fd->get(), "f", chunked_only)->digests.strongest()->text() == waybill_test::chunked_text("abc"));
  CHECK(::lseek(fd->get(), 0, SEEK_CUR) == 2);
}

TEST_CASE("a file that changes while it is hashed is an error") {
  waybill_test::temporary_directory const dir;
  auto const path = (dir / "f").string();
  std::array const stream{algorithm{algorithms::sha256}};
  auto const size = GENERATE(std::size_t{1'000'000}, std::size_t{20'000'000});
  auto const change = GENERATE(0, 1, 2);
  auto const parts = GENERATE(false, true);
  auto const content = waybill_test::vector_bytes(size, 1);
  waybill_test::write_file(path, content);
  bool changed = false;
  job_control control{.workers = 1};
  control.on_progress = [&](progress const& p) {
    if (std::exchange(changed, true)) return;
    CHECK(p.stage == "hash");
    CHECK(p.bytes_done > 0);
    if (change == 0) fs::resize_file(path, size / 4);
    if (change == 1) std::ofstream{path, std::ios::app} << "more";
    if (change == 2) {
      std::ofstream{path, std::ios::in | std::ios::out} << "other";
      waybill_test::set_mtime(path, 1'000'000'000);
    }
  };
  auto const hashed =
      hash_file(path, parts ? std::span<algorithm const>{chunked_only} : std::span<algorithm const>{stream}, control);
  REQUIRE(changed);
  REQUIRE_FALSE(hashed);
  CHECK(hashed.error().code == errc::source_changed);
  CHECK(hashed.error().path == path);
}

TEST_CASE("a stop request ends inside a large file") {
  waybill_test::temporary_directory const dir;
  // A hole of 64 GiB would take half a minute.
  waybill_test::write_file(dir / "f", "");
  fs::resize_file(dir / "f", std::uintmax_t{64} << 30);
  std::array const stream{algorithm{algorithms::sha256}};
  for (bool const parts : {false, true}) {
    std::stop_source source;
    job_control const control{
        .workers = 2, .on_progress = [&](progress const&) { source.request_stop(); }, .stop = source.get_token()};
    auto const start = std::chrono::steady_clock::now();
    auto const r =
        hash_file((dir / "f").string(),
                  parts ? std::span<algorithm const>{chunked_only} : std::span<algorithm const>{stream}, control);
    CHECK(r.error().code == errc::interrupted);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{1});
  }
}

TEST_CASE("what cannot be hashed is said") {
  static constexpr algorithm_info unknown{"whirlpool", 64, digest_text::hex, 1};
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "abc");
  std::array const none{algorithm{unknown}};
  CHECK(hash_file((dir / "f").string(), none).error().code == errc::unknown_algorithm);
  CHECK(hash_file((dir / "f").string(), {}).error().code == errc::usage);
  CHECK(hash_file((dir / "gone").string(), chunked_only).error().code == errc::file_not_found);
  CHECK(hash_file(dir.path().string(), chunked_only).error().code == errc::unsupported);
}
