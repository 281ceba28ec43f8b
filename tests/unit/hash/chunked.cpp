#include <waybill/hash/chunked.hpp>

#include <waybill/hash/crc64nvme.hpp>

#include <boost/json/parse.hpp>

#include <random>
#include <string>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

boost::json::array rows_of(std::string const& name) {
  return boost::json::parse(waybill_test::read_file(waybill_test::vectors("quilt/" + name))).as_array();
}

std::uint64_t number(boost::json::value const& row, char const* name) {
  return row.at(name).to_number<std::uint64_t>();
}
std::string text(boost::json::value const& row, char const* name) { return std::string{row.at(name).as_string()}; }

}  // namespace

TEST_CASE("files are cut into parts as by quilt3") {
  auto const rows = rows_of("chunk_rule.json");
  REQUIRE(rows.size() >= 10);
  for (auto const& row : rows) {
    INFO(row);
    auto const plan = plan_chunks(number(row, "size"));
    CHECK(plan.chunk_size == number(row, "chunk_size"));
    CHECK(plan.parts == number(row, "parts"));
  }
  CHECK(plan_chunks(~std::uint64_t{0}).parts <= 10'000);
}

TEST_CASE("content hashes agree with quilt3's") {
  auto const rows = rows_of("content_hashes.json");
  REQUIRE(rows.size() >= 10);
  std::mt19937 random{9};
  for (auto const& row : rows) {
    INFO(row);
    auto const bytes = waybill_test::vector_bytes(number(row, "size"), number(row, "seed"));
    CHECK(hash_bytes<sha256_hasher>(as_bytes(bytes)).text() == text(row, "sha256_hex"));
    CHECK(hash_bytes<crc64nvme_hasher>(as_bytes(bytes)).text() == text(row, "crc64nvme"));
    CHECK(hash_bytes(as_bytes(bytes), sha2_256_chunked_hasher{bytes.size()}).text() == text(row, "sha2_256_chunked"));
    sha2_256_chunked_hasher pieces{bytes.size()};
    for (std::string_view rest = bytes; !rest.empty();) {
      auto const piece = rest.substr(0, random() % 5'000'000);
      pieces.update(as_bytes(piece));
      rest.remove_prefix(piece.size());
    }
    CHECK(pieces.finish().text() == text(row, "sha2_256_chunked"));
  }
}

TEST_CASE("files of tens of gigabytes are hashed part by part as by quilt3") {
  for (auto const& row : rows_of("zero_file_hashes.json")) {
    INFO(row);
    auto const size = number(row, "size");
    auto const plan = plan_chunks(size);
    REQUIRE(plan.parts == number(row, "parts"));
    std::string const zeros(plan.chunk_size, '\0');
    auto const full = hash_bytes<sha256_hasher>(as_bytes(zeros));
    CHECK(full.text() == text(row, "part_sha256_hex"));
    auto const last_size = size - (plan.parts - 1) * plan.chunk_size;
    REQUIRE(last_size == number(row, "last_part_size"));
    auto const last = hash_bytes<sha256_hasher>(as_bytes(std::string_view{zeros}.substr(0, last_size)));
    CHECK(last.text() == text(row, "last_part_sha256_hex"));
    sha2_256_chunked_hasher h{size};
    for (std::uint64_t i = 1; i < plan.parts; ++i) h.add_part(full);
    h.add_part(last);
    CHECK(h.finish().text() == text(row, "sha2_256_chunked"));
  }
}

TEST_CASE("a chunked hasher serves one file after the other") {
  sha2_256_chunked_hasher h;
  h.update(as_bytes("some"));
  auto const some = h.finish();
  CHECK(h.finish().text() == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  h.update(as_bytes("so"));
  h.update(as_bytes("me"));
  CHECK(h.finish() == some);
  CHECK(some.kind() == algorithms::sha2_256_chunked);
  CHECK(some.hex() != hash_bytes<sha256_hasher>(as_bytes("some")).hex());
}
