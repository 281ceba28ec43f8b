#include <waybill/json/number.hpp>

#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

std::string printed(std::string_view text) {
  std::string out;
  json::append_python_number(out, text);
  return out;
}

double from_bits(std::string_view hex) {
  std::uint64_t bits = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  return std::bit_cast<double>(bits);
}

/// The digits of Python's repr in the layout of ECMAScript's Number::toString, for RFC 8785's test sequence.
std::string ecmascript(double d) {
  if (d == 0) return "0";
  auto text = json::python_repr(std::abs(d));
  int exponent = 0;
  if (auto const e = text.find('e'); e != std::string::npos) {
    exponent = std::stoi(text.substr(e + 1));
    text.resize(e);
  }
  auto point = text.find('.');
  if (point == std::string::npos) point = text.size();
  auto digits = text.substr(0, point) + (point < text.size() ? text.substr(point + 1) : "");
  int n = static_cast<int>(point) + exponent;  // 0.digits * 10^n
  while (digits.starts_with('0')) {
    digits.erase(0, 1);
    --n;
  }
  while (digits.ends_with('0')) digits.pop_back();
  auto const k = static_cast<int>(digits.size());
  std::string out = d < 0 ? "-" : "";
  if (k <= n && n <= 21) return out + digits + std::string(static_cast<std::size_t>(n - k), '0');
  if (0 < n && n <= 21) return out + digits.insert(static_cast<std::size_t>(n), ".");
  if (-6 < n && n <= 0) return out + "0." + std::string(static_cast<std::size_t>(-n), '0') + digits;
  auto const power = (n > 0 ? "e+" : "e-") + std::to_string(std::abs(n - 1));
  return out + (k == 1 ? digits : digits.insert(1, ".")) + power;
}

std::string es6_line(double d) {
  std::array<char, 17> hex{};
  auto const end = std::to_chars(hex.data(), hex.data() + hex.size(), std::bit_cast<std::uint64_t>(d), 16).ptr;
  return std::string{hex.data(), end} + "," + ecmascript(d) + "\n";
}

byte_view bytes_of(std::string_view text) { return std::as_bytes(std::span{text.data(), text.size()}); }

}  // namespace

TEST_CASE("doubles print as Python prints them and read back to the same bits") {
  auto const rows = json::parse(waybill_test::read_file(waybill_test::vectors("quilt/float_repr.json")));
  REQUIRE(rows.has_value());
  REQUIRE(rows->as_array()->size() == 300);
  for (auto const& row : *rows->as_array()) {
    auto const& hex = *(*row.as_array())[0].as_string();
    auto const& text = *(*row.as_array())[1].as_string();
    auto const d = from_bits(hex);
    INFO(hex << " " << text);
    CHECK(json::python_repr(d) == text);
    CHECK(std::bit_cast<std::uint64_t>(json::to_double(text)) == std::bit_cast<std::uint64_t>(d));
    CHECK(printed(text) == text);
  }
}

TEST_CASE("the layout of a double changes at 1e-4 and at 1e16") {
  CHECK(json::python_repr(1e15) == "1000000000000000.0");
  CHECK(json::python_repr(9999999999999998.0) == "9999999999999998.0");
  CHECK(json::python_repr(1e16) == "1e+16");
  CHECK(json::python_repr(1.5e16) == "1.5e+16");
  CHECK(json::python_repr(0.0001) == "0.0001");
  CHECK(json::python_repr(0.00012) == "0.00012");
  CHECK(json::python_repr(0.00009) == "9e-05");
  CHECK(json::python_repr(1e100) == "1e+100");
  CHECK(json::python_repr(1e-100) == "1e-100");
  CHECK(json::python_repr(123.456) == "123.456");
  CHECK(json::python_repr(-0.0) == "-0.0");
  CHECK(json::python_repr(0.0) == "0.0");
  CHECK(json::python_repr(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(json::python_repr(-std::numeric_limits<double>::infinity()) == "-Infinity");
  CHECK(*json::from_double(2).as_number() == json::number{"2.0"});
}

TEST_CASE("shortest digits agree with the first 100000 numbers of RFC 8785's sequence") {
  auto const fixed = waybill_test::third_party("rfc8785-jcs/es6_static_u64.txt");
  if (fixed.empty()) WAYBILL_SKIP("rfc8785-jcs is not below WAYBILL_TEST_DATA");
  auto const words = waybill_test::read_file(fixed);
  sha256_hasher hash;
  std::size_t lines = 0;
  auto const add = [&](double d) {
    hash.update(bytes_of(es6_line(d)));
    ++lines;
  };
  std::istringstream in{words};
  for (std::string word; in >> word;) {
    word.erase(0, word.find_first_not_of("0x"));
    while (!word.empty() && std::isxdigit(static_cast<unsigned char>(word.back())) == 0) word.pop_back();
    add(word.empty() ? 0.0 : from_bits(word));
  }
  for (std::uint64_t i = 0; i < 2000; ++i) add(std::bit_cast<double>(0x0010000000000000 + i));
  std::string block(32, '\0');
  while (lines < 100000) {
    sha256_hasher chain;
    chain.update(bytes_of(block));
    auto const next = chain.finish();
    std::memcpy(block.data(), next.bytes().data(), block.size());
    for (std::size_t i = 0; i < 4 && lines < 100000; ++i) {
      double d = 0;
      std::memcpy(&d, block.data() + 8 * i, sizeof d);
      if (d != 0 && std::isfinite(d)) add(d);
    }
  }
  CHECK(hash.finish().hex() == "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7");
}

TEST_CASE("a source text prints as Python would print it after reading it") {
  CHECK(printed("1E5") == "100000.0");
  CHECK(printed("1.10") == "1.1");
  CHECK(printed("1e400") == "Infinity");
  CHECK(printed("-1e400") == "-Infinity");
  CHECK(printed("1e-400") == "0.0");
  CHECK(printed("-1e-400") == "-0.0");
  CHECK(printed("-0") == "0");
  CHECK(printed("-0.0") == "-0.0");
  CHECK(printed("NaN") == "NaN");
  CHECK(printed("-Infinity") == "-Infinity");
  CHECK(printed("123456789012345678901234567890") == "123456789012345678901234567890");
  CHECK(printed("9007199254740993.0") == "9007199254740992.0");
}

TEST_CASE("numbers beyond a double end at infinity or zero, whichever is near") {
  auto const infinity = std::numeric_limits<double>::infinity();
  std::string const zeros(400, '0');
  CHECK(json::to_double("1e999999999999999999999") == infinity);
  CHECK(json::to_double("-1E+999999999999999999999") == -infinity);
  CHECK(json::to_double("1e-999999999999999999999") == 0);
  CHECK(std::signbit(json::to_double("-1e-999999999999999999999")));
  CHECK(json::to_double("0e999999999999999999999") == 0);
  CHECK(json::to_double("1" + zeros + ".0") == infinity);
  CHECK(json::to_double("0." + zeros + "1") == 0);
  CHECK(json::to_double("1" + zeros + "e-400") == 1);
  CHECK(json::to_double("0." + zeros + "1e401") == 1);
  CHECK(json::to_double("0.0" + zeros + "1e999") == infinity);
  CHECK(json::to_double("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(json::to_double("1.7976931348623159e308") == infinity);
  CHECK(json::to_double("5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(json::to_double("2e-324") == 0);
  CHECK(std::isnan(json::to_double("NaN")));
}

TEST_CASE("integers are finite at any size, doubles are not") {
  CHECK(json::is_finite_number("1" + std::string(400, '0')));
  CHECK(json::is_finite_number("1e308"));
  CHECK(json::is_finite_number("1e-999"));
  CHECK_FALSE(json::is_finite_number("1e309"));
  CHECK_FALSE(json::is_finite_number("NaN"));
  CHECK_FALSE(json::is_finite_number("Infinity"));
  CHECK_FALSE(json::is_finite_number("-Infinity"));
}

TEST_CASE("a text becomes an integer only when it says that integer") {
  CHECK(json::to_int64("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(json::to_int64("9223372036854775808"));
  CHECK(json::to_uint64("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(json::to_uint64("18446744073709551616"));
  CHECK_FALSE(json::to_uint64("-1"));
  CHECK(json::to_uint64("-0") == 0u);
  CHECK(json::to_int64("-0") == 0);
  for (auto const* text : {"1.0", "1e2", "", "-", "NaN", "Infinity", " 1", "1 "}) {
    INFO(text);
    CHECK_FALSE(json::to_int64(text));
    CHECK_FALSE(json::to_uint64(text));
  }
}
