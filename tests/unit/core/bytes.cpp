#include <waybill/core/bytes.hpp>

#include <random>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

namespace {

std::string hex_round_trip(std::string_view text) {
  auto const bytes = from_hex(text);
  return bytes ? to_hex(*bytes) : "refused";
}

std::string base64_decoded(std::string_view text) {
  auto const bytes = from_base64(text);
  return bytes ? std::string{as_text(*bytes)} : "refused";
}

}  // namespace

TEST_CASE("hex is written in lower case and read in either") {
  CHECK(to_hex(as_bytes(std::string_view{"\x00\x7f\x80\xff", 4})) == "007f80ff");
  CHECK(hex_round_trip("00fFaBCd09") == "00ffabcd09");
  CHECK(hex_round_trip("").empty());
}

TEST_CASE("hex with an odd length or a foreign character is refused") {
  for (auto const* text :
       {"0", "abc", "0g", "g0", " 00", "00 ", "0x00", "+1", "\xc3\xa9", "/0", ":0", "@0", "`0", "G0"}) {
    INFO(text);
    auto const bytes = from_hex(text);
    REQUIRE_FALSE(bytes.has_value());
    CHECK(bytes.error().code == errc::malformed_digest);
  }
}

TEST_CASE("base64 of RFC 4648 section 10") {
  std::pair<char const*, char const*> const rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (auto const& [plain, encoded] : rows) {
    CHECK(to_base64(as_bytes(plain)) == encoded);
    CHECK(base64_decoded(encoded) == plain);
  }
  CHECK(to_base64(as_bytes("\xfb\xff\xfe")) == "+//+");
}

TEST_CASE("base64 that is not strictly padded RFC 4648 is refused") {
  for (auto const* text :
       {"Zg",    "Zg=",  "Zg===",    "Z===", "====",  "=",    "Zg==Zg==", "Zm9v=",      "Zm9v====",
        "Z=g=",  "=Zg=", "Zm8=Zm9v", "?m9v", "Z?9v",  "Zm?v", "Zm9?",     "Zm9v\n",     " Zm9v",
        "Zm 9v", "Zh==", "Zi==",     "Zm9=", "Zm8\n", "-_-_", "Zm9vZ",    "\xc3\xa9zz", "Zm\xff\xff"}) {
    INFO(text);
    auto const bytes = from_base64(text);
    REQUIRE_FALSE(bytes.has_value());
    CHECK(bytes.error().code == errc::malformed_digest);
  }
}

TEST_CASE("hex and base64 give back any bytes of any length") {
  std::mt19937 random{7};
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    auto const hex = from_hex(to_hex(as_bytes(bytes)));
    REQUIRE(hex.has_value());
    CHECK(as_text(*hex) == bytes);
    CHECK(base64_decoded(to_base64(as_bytes(bytes))) == bytes);
  }
}
