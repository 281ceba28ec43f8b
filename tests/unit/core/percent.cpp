#include <waybill/core/percent.hpp>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("what is not unreserved becomes upper-case hex") {
  std::string const plain = "ABCXYZabcxyz0189-._~";
  for (auto const part : {percent_part::path, percent_part::component, percent_part::form})
    CHECK(percent_encoded(plain, part) == plain);
  CHECK(percent_encoded("a b+c/\xC3\xA9(!*')", percent_part::path) == "a%20b%2Bc/%C3%A9%28%21%2A%27%29");
  CHECK(percent_encoded("a b+c/\xC3\xA9", percent_part::component) == "a%20b%2Bc%2F%C3%A9");
  CHECK(percent_encoded("a b+c/\xC3\xA9", percent_part::form) == "a+b%2Bc%2F%C3%A9");
  CHECK(percent_encoded({"\0\x7F\xFF%", 4}, percent_part::component) == "%00%7F%FF%25");
  std::string text = "x=";
  append_percent_encoded(text, "/", percent_part::component);
  CHECK(text == "x=%2F");
}

TEST_CASE("decoding turns every encoding back and leaves alone what is none") {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  for (auto const part : {percent_part::path, percent_part::component})
    CHECK(percent_decoded(percent_encoded(every, part)) == every);
  CHECK(percent_decoded(percent_encoded(every, percent_part::form), true) == every);
  CHECK(percent_decoded("%c3%A9") == "\xC3\xA9");
  CHECK(percent_decoded("%") == "%");
  CHECK(percent_decoded("%4") == "%4");
  CHECK(percent_decoded("%4x%%41") == "%4x%A");
  CHECK(percent_decoded("a+b") == "a+b");
  CHECK(percent_decoded("a+b%2B", true) == "a b+");
}
