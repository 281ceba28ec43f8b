#include <waybill/hash/sha256_pair.hpp>

#include <waybill/hash/openssl.hpp>

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

void check_pair(byte_view a, byte_view b) {
  auto const [out_a, out_b] = sha256_pair(a, b);
  REQUIRE(out_a == hash_bytes<sha256_hasher>(a));
  REQUIRE(out_b == hash_bytes<sha256_hasher>(b));
}

}  // namespace

TEST_CASE("two buffers hashed at once have the digests OpenSSL gives them") {
  std::mt19937 random{8};
  std::string noise(40'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  auto const bytes = as_bytes(noise);
  for (std::size_t size = 0; size <= 300; ++size) {
    INFO(size << " bytes");
    check_pair(bytes.subspan(size % 17, size), bytes.subspan(1000 + size % 13, size));
  }
  for (std::size_t const size : {4095U, 4096U, 8191U, 20'000U}) check_pair(bytes.first(size), bytes.last(size));
}

TEST_CASE("messages of different lengths are hashed at once whichever is longer") {
  std::mt19937 random{9};
  std::string noise(2'000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  auto const bytes = as_bytes(noise);
  constexpr std::size_t lengths[] = {0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 183, 184, 256, 1000, 1024};
  for (auto const a : lengths)
    for (auto const b : lengths) {
      INFO(a << " and " << b << " bytes");
      check_pair(bytes.first(a), bytes.last(b));
    }
}

TEST_CASE("two messages that come piece by piece have the digests OpenSSL gives them and the hasher serves again") {
  std::mt19937 random{10};
  std::string noise(64 * 100, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  auto const bytes = as_bytes(noise);
  sha256_pair_hasher hasher;
  for (std::size_t const blocks : {0U, 1U, 2U, 50U}) {
    INFO(blocks << " blocks");
    auto const a = bytes.first(blocks * 64), b = bytes.last(blocks * 64);
    std::size_t const first = blocks / 3 * 64;
    hasher.update(a.first(first), b.first(first));
    hasher.update(a.subspan(first), b.subspan(first));
    auto const [out_a, out_b] = hasher.finish();
    CHECK(out_a == hash_bytes<sha256_hasher>(a));
    CHECK(out_b == hash_bytes<sha256_hasher>(b));
  }
}

TEST_CASE("two parts of eight mebibytes and two of different length are hashed rightly") {
  std::string part(8 << 20, 'a');
  std::string const zeros(8 << 20, '\0');
  part[5'000'000] = 'b';
  check_pair(as_bytes(part), as_bytes(zeros));
  check_pair(as_bytes(part), as_bytes("abc"));
  check_pair({}, as_bytes("abc"));
}
