#include <waybill/scan/content.hpp>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;
namespace fs = std::filesystem;

TEST_CASE("algorithms have one order and packed digests come back as they went in") {
  std::array const wanted{algorithm{algorithms::md5}, algorithm{algorithms::sha256}, algorithm{algorithms::md5}};
  auto const ordered = detail::ordered_algorithms(wanted);
  CHECK(ordered == std::vector<algorithm>{algorithms::sha256, algorithms::md5});
  CHECK(detail::packed_size(ordered) == 48);
  auto const packed = waybill_test::vector_bytes(48, 1);
  digest_set out;
  detail::unpack_digests(ordered, as_bytes(packed), out);
  CHECK(as_text(out.find(algorithms::sha256)->bytes()) == packed.substr(0, 32));
  CHECK(as_text(out.find(algorithms::md5)->bytes()) == packed.substr(32));
}

TEST_CASE("a hasher serves one content after another, also after an error") {
  waybill_test::temporary_directory const dir;
  auto const content = waybill_test::vector_bytes(700'000, 5);
  waybill_test::write_file(dir / "f", content);
  auto const fd = open_for_reading((dir / "f").string());
  progress_counter counter{{}, "hash"};
  std::array const wanted{algorithm{algorithms::sha2_256_chunked}};
  auto hasher = detail::content_hasher::create(wanted, {}, counter);
  REQUIRE(hasher);
  std::array<std::byte, 32> out;
  CHECK(hasher->hash_file(fd->get(), content.size() + 1, "f", out.data()).error().code == errc::source_changed);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(hasher->hash_file(fd->get(), content.size(), "f", out.data()));
    CHECK(to_base64(out) == waybill_test::chunked_text(content));
  }
}

TEST_CASE("parts grow for files of more than 10,000 of them") {
  // Sparse: 83,886,080,001 bytes would be 10,001 parts of 8 MiB; only the first is looked at here.
  waybill_test::temporary_directory const dir;
  waybill_test::write_file(dir / "f", "x");
  fs::resize_file(dir / "f", 83'886'080'001);
  auto fd = open_for_reading((dir / "f").string());
  auto const state = state_of(fd->get(), "f");
  detail::part_job const job{std::move(*fd), "f", *state};
  CHECK(job.parts() == 5001);
}

TEST_CASE("the worker that completes a job of parts is told so, once") {
  waybill_test::temporary_directory const dir;
  auto const content = waybill_test::vector_bytes((std::size_t{16} << 20) + 9, 8);
  waybill_test::write_file(dir / "f", content);
  auto fd = open_for_reading((dir / "f").string());
  auto const state = state_of(fd->get(), "f");
  detail::part_job job{std::move(*fd), "f", *state};
  progress_counter counter{{}, "hash"};
  std::array const wanted{algorithm{algorithms::sha2_256_chunked}};
  auto hasher = detail::content_hasher::create(wanted, {}, counter);
  using outcome = detail::part_job::outcome;
  CHECK(*job.hash_next(*hasher) == outcome::more);
  CHECK(*job.hash_next(*hasher) == outcome::more);
  CHECK(*job.hash_next(*hasher) == outcome::last);
  CHECK(*job.hash_next(*hasher) == outcome::none);
  std::array<std::byte, 32> out;
  REQUIRE(job.finish(out.data()));
  CHECK(to_base64(out) == waybill_test::chunked_text(content));
}
