#include <waybill/hash/crc64nvme.hpp>

#include <waybill/impl/hash/crc64nvme.ipp>

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

/// The definition, one bit at a time.
std::uint64_t by_definition(std::string_view bytes) {
  std::uint64_t state = ~std::uint64_t{0};
  for (char const c : bytes) {
    state ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) state = (state & 1) != 0 ? state >> 1 ^ 0x9a6c9329ac4bc9b5U : state >> 1;
  }
  return ~state;
}

std::uint64_t as_number(digest const& d) {
  std::uint64_t out = 0;
  for (std::byte const b : d.bytes()) out = out << 8 | std::to_integer<std::uint64_t>(b);
  return out;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

}  // namespace

TEST_CASE("CRC-64/NVME of the check text and of the specification's blocks") {
  CHECK(hash_bytes<crc64nvme_hasher>(as_bytes("123456789")).hex() == "ae8b14860a799888");
  CHECK(hash_bytes<crc64nvme_hasher>({}).text() == "AAAAAAAAAAA=");
  // NVM Command Set 1.0, figure "64b CRC Test Cases": 4 KiB of zeros, of ones, counting up, counting down.
  std::string up(4096, '\0');
  std::string down(4096, '\0');
  for (std::size_t i = 0; i < up.size(); ++i) {
    up[i] = static_cast<char>(i & 255);
    down[i] = static_cast<char>(255 - (i & 255));
  }
  CHECK(hash_bytes<crc64nvme_hasher>(as_bytes(std::string(4096, '\0'))).hex() == "6482d367eb22b64e");
  CHECK(hash_bytes<crc64nvme_hasher>(as_bytes(std::string(4096, '\xff'))).hex() == "c0ddba7302eca3ac");
  CHECK(hash_bytes<crc64nvme_hasher>(as_bytes(up)).hex() == "3e729f5f6750449c");
  CHECK(hash_bytes<crc64nvme_hasher>(as_bytes(down)).hex() == "9a2df64b8e9e517e");
}

TEST_CASE("CRC-64/NVME is the same for every length, alignment and way of cutting") {
  auto const bytes = noise(5000, 1);
  std::mt19937 random{2};
  for (std::size_t round = 0; round < 1500; ++round) {
    std::size_t const begin = random() % 64;
    std::size_t const size = round < 700 ? round : random() % 4900;
    auto const message = std::string_view{bytes}.substr(begin, size);
    auto const expected = by_definition(message);
    INFO("begin " << begin << " size " << message.size());
    REQUIRE(as_number(hash_bytes<crc64nvme_hasher>(as_bytes(message))) == expected);
    crc64nvme_hasher h;
    auto rest = message;
    while (!rest.empty()) {
      auto const piece = rest.substr(0, random() % 600);
      h.update(as_bytes(piece));
      rest.remove_prefix(piece.size());
    }
    REQUIRE(as_number(h.finish()) == expected);
  }
}

TEST_CASE("the tables and carry-less multiplication give the same state from any state") {
#ifdef WAYBILL_CRC64_CLMUL
  if (!detail::crc64::has_clmul()) WAYBILL_SKIP("this processor has no PCLMULQDQ");
  auto const bytes = noise(9000, 3);
  std::mt19937_64 random{4};
  for (int round = 0; round < 2000; ++round) {
    std::size_t const begin = random() % 64;
    std::size_t const size = detail::crc64::block + random() % 8000;
    auto const message = as_bytes(std::string_view{bytes}.substr(begin, size));
    auto const state = random();
    REQUIRE(detail::crc64::update_clmul(state, message) == detail::crc64::update_tables(state, message));
  }
#else
  WAYBILL_SKIP("carry-less multiplication is used on x86-64 only");
#endif
}
