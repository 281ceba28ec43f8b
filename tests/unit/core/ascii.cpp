#include <waybill/core/ascii.hpp>

#include <string>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("letters and digits and hex digits are those of ASCII and no others") {
  std::string const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", digits = "0123456789";
  std::string const hex = "0123456789abcdef", upper = "0123456789ABCDEF";
  for (int i = 0; i < 256; ++i) {
    auto const c = static_cast<char>(static_cast<unsigned char>(i));
    INFO(i);
    CHECK(detail::is_ascii_letter(c) == (letters.find(c) != letters.npos));
    CHECK(detail::is_ascii_digit(c) == (digits.find(c) != digits.npos));
    CHECK(detail::is_ascii_alphanumeric(c) == ((letters + digits).find(c) != letters.npos));
    auto const value = hex.find(c) != hex.npos ? hex.find(c) : upper.find(c);
    CHECK(detail::ascii_hex_value(c) == (value == hex.npos ? -1 : static_cast<int>(value)));
  }
}

TEST_CASE("lower case leaves everything but capital letters as it is") {
  CHECK(detail::ascii_lower_text("S3://Bucket/[Z]@{`\xc3\x84") == "s3://bucket/[z]@{`\xc3\x84");
  CHECK(detail::ascii_lower_text("").empty());
}

TEST_CASE("white space goes from both ends and stays inside") {
  CHECK(detail::ascii_trimmed(" \t a b\r\n\v\f") == "a b");
  CHECK(detail::ascii_trimmed("a") == "a");
  CHECK(detail::ascii_trimmed(" \n").empty());
  CHECK(detail::ascii_trimmed("").empty());
}
