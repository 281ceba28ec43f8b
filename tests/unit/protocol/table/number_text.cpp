#include <waybill/protocol/table/number_text.hpp>

#include <string>

#include "support/catch.hpp"

using namespace waybill::table;

TEST_CASE("a number is split into its parts") {
  auto const n = split_number("-012.340e-5");
  REQUIRE(n);
  CHECK(n->negative);
  CHECK(n->whole == "012");
  CHECK(n->fraction == "340");
  CHECK(n->exponent == -5);
  CHECK(split_number("1E+2")->exponent == 2);
  CHECK_FALSE(split_number("17")->has_exponent);
  for (auto const* text :
       {"", "-", "+1", ".5", "5.", "1e", "1e+", "1e123456", "0x1", "1 ", " 1", "inf", "nan", "1,5"}) {
    CAPTURE(text);
    CHECK_FALSE(split_number(text));
  }
}

TEST_CASE("a number fits a double when it comes back as the same number") {
  auto const fits = [](std::string_view text) { return fits_double(text, split_number(text).value()); };
  for (auto const* text : {"0", "-0.0", "0.1", "1.10", "123456789.123", "0.30000000000000004", "1e22",
                           "9007199254740993000", "1.7976931348623157e308", "5e-324", "100000000000000000000"}) {
    CAPTURE(text);
    CHECK(fits(text));
  }
  for (auto const* text : {"9007199254740993", "0.1234567890123456789", "1e400", "1e-400", "123456789012345678.5"}) {
    CAPTURE(text);
    CHECK_FALSE(fits(text));
  }
}
