#include <waybill/core/digest.hpp>

#include <compare>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

digest filled(algorithm a, unsigned char byte) {
  std::string const bytes(a.info().size, static_cast<char>(byte));
  return digest{a, as_bytes(bytes)};
}

constexpr algorithm_info house_sum{"house-sum", 3, digest_text::base64, 20};  // as strong as sha1, by its owner's word

}  // namespace

TEST_CASE("an algorithm is found by its exact name") {
  for (auto const a : algorithms::all) {
    auto const found = find_algorithm(a.name());
    REQUIRE(found.has_value());
    CHECK(*found == a);
  }
  for (auto const* name : {"", "SHA256", "sha-256", "sha256 ", "blake3"}) {
    auto const found = find_algorithm(name);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == errc::unknown_algorithm);
    CHECK_THAT(found.error().detail, waybill_test::contains("sha2-256-chunked"));
  }
}

TEST_CASE("a digest gives back its own text form") {
  for (auto const a : algorithms::all) {
    auto const d = filled(a, 0xa7);
    auto const again = digest::parse(a, d.text());
    REQUIRE(again.has_value());
    CHECK(*again == d);
    CHECK(d.text() == (a.info().text == digest_text::hex ? d.hex() : to_base64(d.bytes())));
  }
  auto const upper = digest::parse(algorithms::md5, "D41D8CD98F00B204E9800998ECF8427E");
  CHECK(upper.value().text() == "d41d8cd98f00b204e9800998ecf8427e");
}

TEST_CASE("a digest of another length or alphabet is refused") {
  std::string const hex(64, 'a');
  std::string const base64(43, 'A');
  auto const refused = [](algorithm a, std::string const& text) {
    auto const d = digest::parse(a, text);
    return !d && d.error().code == errc::malformed_digest && d.error().detail.find(a.name()) != std::string::npos;
  };
  CHECK(refused(algorithms::sha256, ""));
  CHECK(refused(algorithms::sha256, hex.substr(1)));
  CHECK(refused(algorithms::sha256, hex + "a"));
  CHECK(refused(algorithms::sha256, hex + "aa"));
  CHECK(refused(algorithms::sha256, hex.substr(1) + "g"));
  CHECK(refused(algorithms::sha256, base64 + "="));
  CHECK(digest::parse(algorithms::sha2_256_chunked, base64 + "=").has_value());
  CHECK(refused(algorithms::sha2_256_chunked, base64));
  CHECK(refused(algorithms::sha2_256_chunked, base64.substr(1) + "=="));
  CHECK(refused(algorithms::sha2_256_chunked, base64 + "A"));
  CHECK(refused(algorithms::sha2_256_chunked, base64.substr(1) + "B="));  // bits beyond the last byte are not zero
  CHECK(refused(algorithms::sha2_256_chunked, hex));
  CHECK(refused(algorithms::crc64nvme, "AAAAAAAAAAA"));
  CHECK(refused(house_sum, "AAA="));
  CHECK(digest::parse(house_sum, "AAAA").has_value());
}

TEST_CASE("digests of different algorithms are never equal, and are ordered by name, then bytes") {
  auto const a = filled(algorithms::sha256, 1);
  digest const b{algorithms::sha2_256_chunked, a.bytes()};
  CHECK_FALSE(a == b);
  CHECK(b < a);
  CHECK(filled(algorithms::sha256, 0x7f) < filled(algorithms::sha256, 0x80));
  CHECK(std::is_eq(filled(algorithms::md5, 3) <=> filled(algorithms::md5, 3)));
}

TEST_CASE("a digest set keeps one digest per algorithm, strongest first") {
  digest_set set{filled(algorithms::crc64nvme, 1), filled(algorithms::sha1, 1), filled(algorithms::sha256, 1),
                 filled(house_sum, 1), filled(algorithms::sha1, 2)};
  std::string names;
  for (auto const& d : set) names.append(d.kind().name()).append(" ");
  CHECK(names == "sha256 house-sum sha1 crc64nvme ");
  CHECK(set.size() == 4);
  CHECK(set.strongest()->kind() == algorithms::sha256);
  CHECK(*set.find(algorithms::sha1) == filled(algorithms::sha1, 2));
  CHECK(set.find(algorithms::md5) == nullptr);
  CHECK(digest_set{}.strongest() == nullptr);
  CHECK(digest_set{filled(algorithms::md5, 1), filled(algorithms::sha1, 1)} ==
        digest_set{filled(algorithms::sha1, 1), filled(algorithms::md5, 1)});
}

TEST_CASE("two sets are compared by the strongest algorithm both have") {
  auto const d = [](algorithm a, int byte) { return filled(a, static_cast<unsigned char>(byte)); };
  using namespace algorithms;
  CHECK(compare({d(sha256, 1), d(md5, 1)}, {d(sha256, 1), d(md5, 2)}) == agreement::same);
  CHECK(compare({d(sha256, 1), d(md5, 1)}, {d(sha256, 2), d(md5, 1)}) == agreement::different);
  CHECK(compare({d(sha512, 1), d(md5, 1)}, {d(sha256, 1), d(md5, 1)}) == agreement::same);
  CHECK(compare({d(sha256, 1)}, {d(sha2_256_chunked, 1)}) == agreement::unknown);
  CHECK(compare({d(sha1, 1)}, {d(house_sum, 1)}) == agreement::unknown);
  CHECK(compare({d(sha1, 1), d(house_sum, 1)}, {d(sha1, 1)}) == agreement::same);
  CHECK(compare({}, {d(md5, 1)}) == agreement::unknown);
}
