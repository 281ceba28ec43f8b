#include <waybill/core/utf8.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("every code point but the surrogates survives a round trip") {
  for (char32_t value = 0; value <= 0x10ffff; ++value) {
    std::string text;
    append_utf8(text, value);
    auto const point = decode_utf8(text);
    bool const surrogate = value >= 0xd800 && value <= 0xdfff;
    if (surrogate ? point.size != 0 || text.size() != 3 : point.value != value || point.size != text.size())
      FAIL("U+" << std::hex << static_cast<unsigned>(value));
  }
}

TEST_CASE("long forms, surrogates, values beyond Unicode and torn sequences are not UTF-8") {
  for (std::string const bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80",
                                "\xe0\x9f\xbf", "\xe1\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
                                "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CHECK(decode_utf8(bad).size == 0);
    for (std::size_t before = 0; before < 20; ++before) {
      auto const text = std::string(before, 'a') + bad + "tail";
      CHECK(find_invalid_utf8(text) == before);
    }
  }
}

// Expected values: bytes.decode("utf-8", "surrogateescape") of CPython 3.11.
TEST_CASE("a byte that is not UTF-8 stands for itself as a surrogate where a reader wants every byte") {
  auto const first = [](std::string_view text) {
    auto const point = detail::decode_utf8_or_byte(text);
    return std::pair{point.value, point.size};
  };
  CHECK(first("ab") == std::pair{U'a', std::size_t{1}});
  CHECK(first("\xc3\xa9x") == std::pair{U'\u00e9', std::size_t{2}});
  CHECK(first("\xff") == std::pair{char32_t{0xdcff}, std::size_t{1}});
  CHECK(first("\xed\xa0\x80") == std::pair{char32_t{0xdced}, std::size_t{1}});
  CHECK(first("\xc3") == std::pair{char32_t{0xdcc3}, std::size_t{1}});
}

TEST_CASE("texts at the limits of UTF-8 are accepted") {
  for (std::string const good :
       {"", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "plain ascii of some length \xc3\xa9"})
    CHECK(find_invalid_utf8(good) == std::string::npos);
  CHECK(find_invalid_utf8(std::string_view{"a\0b", 3}) == std::string::npos);
}

// Expected texts: bytes.decode("utf-8", "replace") of CPython 3.11.
TEST_CASE("what is not UTF-8 is replaced once per maximal part, as Python does") {
  std::string const r = "\xef\xbf\xbd";
  CHECK(replace_invalid_utf8("\xff") == r);
  CHECK(replace_invalid_utf8("a\xc3") == "a" + r);
  CHECK(replace_invalid_utf8("\xe2\x82") == r);
  CHECK(replace_invalid_utf8("\xe2\x82z") == r + "z");
  CHECK(replace_invalid_utf8("\xed\xa0\x80") == r + r + r);
  CHECK(replace_invalid_utf8("\xf0\x9f\x98") == r);
  CHECK(replace_invalid_utf8("\xf0\x9f\x98\xc3\xa9") == r + "\xc3\xa9");
  CHECK(replace_invalid_utf8("\xc0\xaf\xe0\x80\xbf") == r + r + r + r + r);
  CHECK(replace_invalid_utf8("\xf4\x90\x80\x80") == r + r + r + r);
  CHECK(replace_invalid_utf8("ok \xc3\xa9") == "ok \xc3\xa9");
}

TEST_CASE("a printable text cannot steer a terminal") {
  CHECK(printable("plain \xc3\xa9 \xe6\x97\xa5 \\") == "plain \xc3\xa9 \xe6\x97\xa5 \\");
  CHECK(printable("a\x1b[31m\n\r\t\x7f") == "a\\x1b[31m\\x0a\\x0d\\x09\\x7f");
  CHECK(printable(std::string_view{"\0", 1}) == "\\x00");
  CHECK(printable("\xff\xc3(") == "\\xff\\xc3(");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u{009b}31m");  // C1 "control sequence introducer"
  CHECK(printable("txt\xe2\x80\xae"
                  "exe") == "txt\\u{202e}exe");  // right-to-left override
  CHECK(printable("\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8") == "\\u{2066}\\u{200f}\\u{061c}\\u{2028}");
  CHECK(printable("\xe2\x80\x93\xe2\x80\xa7") == "\xe2\x80\x93\xe2\x80\xa7");  // dash and hyphenation point stay
}
