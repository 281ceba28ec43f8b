#include <waybill/registry/part_sums.hpp>

#include <waybill/scan/hash_file.hpp>

#include "fixture.hpp"

using namespace waybill;
using waybill_test::temporary_directory;
using waybill_test::vector_bytes;
using waybill_test::write_file;

TEST_CASE("sums of parts are found by the digest that is made of them") {
  temporary_directory dir;
  constexpr std::size_t part = std::size_t{8} << 20;
  for (std::size_t const size : {std::size_t{1}, part, part + 1, 3 * part}) {
    auto const bytes = vector_bytes(size, size);
    write_file(dir / "f", bytes);
    std::vector<std::byte> packed;
    auto const hashed = hash_file_parts((dir / "f").string(), packed).value();
    part_sums sums;
    CHECK(sums.find(hashed.digests).empty());
    sums.keep(*hashed.digests.find(algorithms::sha2_256_chunked), packed);
    auto const found = sums.find(hashed.digests);
    REQUIRE(found.size() == plan_chunks(size).parts);
    sha2_256_chunked_hasher whole{size};
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i] == hash_bytes<sha256_hasher>(as_bytes(std::string_view{bytes}.substr(i * part, part))));
      whole.add_part(found[i]);
    }
    CHECK(hashed.digests == digest_set{whole.finish()});
    CHECK(hashed.state.size == size);
    CHECK(hashed.digests ==
          hash_file((dir / "f").string(), std::vector<algorithm>{algorithms::sha2_256_chunked})->digests);
  }
}

TEST_CASE("an empty file has a digest and no parts") {
  temporary_directory dir;
  write_file(dir / "f", "");
  std::vector<std::byte> packed{std::byte{1}};
  auto const hashed = hash_file_parts((dir / "f").string(), packed).value();
  CHECK(packed.empty());
  part_sums sums;
  sums.keep(*hashed.digests.find(algorithms::sha2_256_chunked), packed);
  CHECK(sums.find(hashed.digests).empty());
  CHECK(hashed.digests ==
        hash_file((dir / "f").string(), std::vector<algorithm>{algorithms::sha2_256_chunked})->digests);
}
