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
  detail::part_job const job{std::move(*fd), "f", *state, 2};
  CHECK(job.parts() == 5001);
}

TEST_CASE("small files may wait for each other and every digest is right once all is settled") {
  waybill_test::temporary_directory const dir;
  progress_counter counter{{}, "hash"};
  std::array const wanted{algorithm{algorithms::sha2_256_chunked}};
  auto hasher = detail::content_hasher::create(wanted, {}, counter);
  REQUIRE(hasher);
  // Pairs of equal and of unequal length, empty and large files between them, and an odd one at the end.
  constexpr std::size_t sizes[] = {4096, 4096, 1, 131'072, 0, 77, 131'073, 300'000, 5, 0, 64, 700'000, 9};
  std::vector<std::string> contents;
  std::vector<std::array<std::byte, 32>> sums(std::size(sizes));
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    contents.push_back(waybill_test::vector_bytes(sizes[i], static_cast<unsigned>(i)));
    waybill_test::write_file(dir / "f", contents.back());
    auto const fd = open_for_reading((dir / "f").string());
    REQUIRE(hasher->hash_soon(fd->get(), sizes[i], "f", sums[i].data()));
    fs::remove(dir / "f");  // what was read is not looked at again
  }
  hasher->settle();
  hasher->settle();
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    INFO(sizes[i] << " bytes");
    CHECK(to_base64(sums[i]) == waybill_test::chunked_text(contents[i]));
  }
}

TEST_CASE("a file that became shorter owes no digest and takes none from the one that waits") {
  waybill_test::temporary_directory const dir;
  progress_counter counter{{}, "hash"};
  std::array const wanted{algorithm{algorithms::sha2_256_chunked}};
  auto hasher = detail::content_hasher::create(wanted, {}, counter);
  waybill_test::write_file(dir / "f", "content");
  auto const fd = open_for_reading((dir / "f").string());
  std::array<std::byte, 32> first, second;
  REQUIRE(hasher->hash_soon(fd->get(), 7, "f", first.data()));
  CHECK(hasher->hash_soon(fd->get(), 8, "f", second.data()).error().code == errc::source_changed);
  hasher->settle();
  CHECK(to_base64(first) == waybill_test::chunked_text("content"));
}

TEST_CASE("the worker that completes a job of parts is told so and the digest is that of the whole") {
  waybill_test::temporary_directory const dir;
  constexpr std::size_t part = std::size_t{8} << 20;
  auto const content = waybill_test::vector_bytes(4 * part + 9, 8);
  progress_counter counter{{}, "hash"};
  std::array const wanted{algorithm{algorithms::sha2_256_chunked}};
  using outcome = detail::part_job::outcome;
  // Whole parts are hashed two at a time where every worker gets as many pairs; a short one stands alone.
  for (std::size_t const size : {part + 1, 2 * part, 2 * part + 9, 3 * part + 64, 4 * part, 4 * part + 9}) {
    waybill_test::write_file(dir / "f", content.substr(0, size));
    for (unsigned const workers : {1U, 2U, 3U}) {
      INFO(size << " bytes, " << workers << " workers");
      auto fd = open_for_reading((dir / "f").string());
      auto const state = state_of(fd->get(), "f");
      detail::part_job job{std::move(*fd), "f", *state, workers};
      auto hasher = detail::content_hasher::create(wanted, {}, counter);
      std::uint64_t calls = 0;
      auto now = outcome::more;
      for (; now == outcome::more; ++calls) now = job.hash_next(*hasher).value();
      CHECK(now == outcome::last);
      CHECK(calls <= job.parts());
      CHECK(*job.hash_next(*hasher) == outcome::none);
      std::array<std::byte, 32> out;
      REQUIRE(job.finish(out.data()));
      CHECK(to_base64(out) == waybill_test::chunked_text(content.substr(0, size)));
    }
  }
}
