#include <waybill/hash/hasher.hpp>

#include <waybill/hash/chunked.hpp>

#include <array>

#include "support/catch.hpp"

using namespace waybill;

namespace {

constexpr algorithm_info xor8{"xor8", 1, digest_text::hex, 1};

/// The smallest hasher somebody could bring along.
class xor_hasher {
 public:
  static constexpr algorithm kind{xor8};
  void update(byte_view bytes) {
    for (std::byte const b : bytes) sum_[0] ^= b;
  }
  digest finish() {
    digest const out{kind, sum_};
    sum_[0] = {};
    return out;
  }

 private:
  std::array<std::byte, 1> sum_{};
};

constexpr algorithm_info xor8_chunked{"xor8-chunked", 1, digest_text::hex, 2};

}  // namespace

TEST_CASE("a hasher of one's own works wherever the kit hashes") {
  STATIC_REQUIRE(hasher<xor_hasher>);
  STATIC_REQUIRE(hasher<chunked<xor_hasher, xor8_chunked>>);
  STATIC_REQUIRE_FALSE(hasher<int>);
  CHECK(hash_bytes<xor_hasher>(as_bytes("ab")).text() == "03");
  CHECK(hash_bytes(as_bytes("ab"), xor_hasher{}).kind() == algorithm{xor8});
  CHECK(hash_bytes<chunked<xor_hasher, xor8_chunked>>(as_bytes("ab")).text() == "03");
}
