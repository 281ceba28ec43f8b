#include <waybill/hash/openssl.hpp>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

std::string value_of(std::string const& line, std::string const& name) {
  auto const text = name + " = ";
  if (!line.starts_with(text)) return {};
  auto const end = line.find_last_not_of("\r\n ");
  return line.substr(text.size(), end + 1 - text.size());
}

std::string bytes_of(std::string const& hex) { return std::string{as_text(from_hex(hex).value())}; }

/// The same message whole, and in pieces of random size; the hasher is used again after each.
template <hasher H>
void check_message(H& h, std::mt19937& random, std::string const& message, std::string const& expected) {
  h.update(as_bytes(message));
  REQUIRE(h.finish().hex() == expected);
  std::string_view rest = message;
  while (!rest.empty()) {
    auto const piece = rest.substr(0, random() % (rest.size() < 300 ? 40 : 3000));
    h.update(as_bytes(piece));
    rest.remove_prefix(piece.size());
  }
  REQUIRE(h.finish().hex() == expected);
}

/// NIST CAVP: `Len` in bits, `Msg`, `MD`; a length of 0 shows a message of one byte that is not there.
template <hasher H>
std::size_t check_nist_file(std::string const& name) {
  std::istringstream lines{waybill_test::read_file(waybill_test::third_party("nist-sha/" + name))};
  std::mt19937 random{11};
  H h;
  std::size_t checked = 0;
  std::size_t bits = 0;
  std::string message;
  for (std::string line; std::getline(lines, line);) {
    if (auto const length = value_of(line, "Len"); !length.empty()) bits = std::stoul(length);
    if (auto const hex = value_of(line, "Msg"); !hex.empty()) message = bytes_of(hex).substr(0, bits / 8);
    if (auto const expected = value_of(line, "MD"); !expected.empty()) {
      INFO(name << " message of " << bits << " bits");
      REQUIRE(message.size() == bits / 8);
      check_message(h, random, message, expected);
      ++checked;
    }
  }
  return checked;
}

}  // namespace

TEST_CASE("SHA-1, SHA-256 and SHA-512 agree with NIST's messages, whole and in random pieces") {
  if (waybill_test::third_party("nist-sha").empty()) WAYBILL_SKIP("NIST vectors absent: set WAYBILL_TEST_DATA");
  CHECK(check_nist_file<sha1_hasher>("SHA1ShortMsg.rsp") >= 64);
  CHECK(check_nist_file<sha1_hasher>("SHA1LongMsg.rsp") >= 64);
  CHECK(check_nist_file<sha256_hasher>("SHA256ShortMsg.rsp") >= 64);
  CHECK(check_nist_file<sha256_hasher>("SHA256LongMsg.rsp") >= 64);
  CHECK(check_nist_file<sha512_hasher>("SHA512ShortMsg.rsp") >= 128);
}

TEST_CASE("SHA-256 passes NIST's Monte Carlo run") {
  auto const path = waybill_test::third_party("nist-sha/SHA256Monte.rsp");
  if (path.empty()) WAYBILL_SKIP("NIST vectors absent: set WAYBILL_TEST_DATA");
  std::istringstream lines{waybill_test::read_file(path)};
  // CAVP "SHAVS" section 6.4: 1000 digests of the last three digests make one checkpoint, and the next seed.
  std::string seed;
  int checkpoints = 0;
  sha256_hasher h;
  for (std::string line; std::getline(lines, line);) {
    if (auto const hex = value_of(line, "Seed"); !hex.empty()) seed = bytes_of(hex);
    auto const expected = value_of(line, "MD");
    if (expected.empty()) continue;
    std::string a = seed;
    std::string b = seed;
    std::string c = seed;
    for (int i = 0; i < 1000; ++i) {
      for (auto const* part : {&a, &b, &c}) h.update(as_bytes(*part));
      a = b;
      b = c;
      c = as_text(h.finish().bytes());
    }
    seed = c;
    REQUIRE(to_hex(as_bytes(seed)) == expected);
    ++checkpoints;
  }
  CHECK(checkpoints == 100);
}

TEST_CASE("MD5 agrees with RFC 1321") {
  std::pair<char const*, char const*> const rows[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  md5_hasher h;
  std::mt19937 random{5};
  for (auto const& [message, expected] : rows) check_message(h, random, message, expected);
}

TEST_CASE("a hasher can be moved in the middle of a message") {
  sha256_hasher first;
  first.update(as_bytes("ab"));
  sha256_hasher second = std::move(first);
  second.update(as_bytes("c"));
  CHECK(second.finish() == hash_bytes<sha256_hasher>(as_bytes("abc")));
  CHECK(second.finish() == hash_bytes<sha256_hasher>({}));
}

TEST_CASE("any algorithm OpenSSL knows can be named by a user, others are reported as absent") {
  static constexpr algorithm_info sha3_256{"sha3-256", 32, digest_text::hex, 52};
  static constexpr algorithm_info wrong_size{"sha384", 32, digest_text::hex, 52};
  static constexpr algorithm_info unheard_of{"unheard-of", 32, digest_text::hex, 52};
  CHECK(hash_bytes<openssl_hasher<sha3_256>>({}).text() ==
        "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  CHECK(detail::evp_available(algorithms::md5));
  CHECK_FALSE(detail::evp_available(wrong_size));
  CHECK_FALSE(detail::evp_available(unheard_of));
  CHECK_THROWS_AS(openssl_hasher<unheard_of>{}, std::bad_alloc);
}

TEST_CASE("hashers of several threads do not disturb each other") {
  auto const expected = hash_bytes<sha512_hasher>(as_bytes("same"));
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (auto& count : wrong)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) count += hash_bytes<sha512_hasher>(as_bytes("same")) == expected ? 0 : 1;
    });
  for (auto& thread : threads) thread.join();
  CHECK(std::ranges::count(wrong, 0) == 4);
}
