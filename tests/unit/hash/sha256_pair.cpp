#include <waybill/hash/sha256_pair.hpp>

#include <waybill/hash/openssl.hpp>

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

void check_pair(byte_view a, byte_view b) {
  auto out_a = hash_bytes<md5_hasher>({});
  auto out_b = out_a;
  sha256_pair(a, b, out_a, out_b);
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

TEST_CASE("two parts of eight mebibytes and two of different length are hashed rightly") {
  std::string part(8 << 20, 'a');
  std::string const zeros(8 << 20, '\0');
  part[5'000'000] = 'b';
  check_pair(as_bytes(part), as_bytes(zeros));
  check_pair(as_bytes(part), as_bytes("abc"));
  check_pair({}, as_bytes("abc"));
}
