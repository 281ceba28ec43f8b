// A hasher of your own: any type with `kind`, `update` and `finish` works wherever the kit hashes.
#include <waybill/hash/chunked.hpp>
#include <waybill/hash/multi.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

namespace mine {

/// The algorithm's constant has static storage; its name goes into manifests and object keys.
inline constexpr waybill::algorithm_info fnv1a{"fnv1a-64", 8, waybill::digest_text::hex, 1};

/// FNV-1a, 64 bits (not cryptographic; see the IETF draft-eastlake-fnv).
class fnv1a_hasher {
 public:
  static constexpr waybill::algorithm kind{fnv1a};

  void update(waybill::byte_view bytes) {
    for (auto const b : bytes) state_ = (state_ ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3;
  }

  waybill::digest finish() {
    std::array<std::byte, 8> big_endian;
    for (int i = 0; i < 8; ++i) big_endian[static_cast<std::size_t>(i)] = std::byte(state_ >> (56 - 8 * i));
    state_ = start;
    return {kind, big_endian};
  }

 private:
  static constexpr std::uint64_t start = 0xcbf29ce484222325;
  std::uint64_t state_ = start;
};
static_assert(waybill::hasher<fnv1a_hasher>);

/// The kit's templates take it like one of their own: a hash of part hashes.
inline constexpr waybill::algorithm_info chunked_fnv1a{"fnv1a-64-chunked", 8, waybill::digest_text::base64, 1};

}  // namespace mine

int main() {
  auto const bytes = waybill::as_bytes("waybill");
  auto const plain = waybill::hash_bytes<mine::fnv1a_hasher>(bytes);
  auto const parts = waybill::hash_bytes<waybill::chunked<mine::fnv1a_hasher, mine::chunked_fnv1a>>(bytes);
  waybill::any_hasher erased{mine::fnv1a_hasher{}};
  erased.update(bytes);

  std::printf("%s %s\n", plain.text().c_str(), std::string{plain.kind().name()}.c_str());
  std::printf("%s %s\n", parts.text().c_str(), std::string{parts.kind().name()}.c_str());
  std::printf("same through any_hasher: %s\n", erased.finish() == plain ? "yes" : "no");
}
