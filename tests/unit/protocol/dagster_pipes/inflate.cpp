#include <waybill/protocol/dagster_pipes/inflate.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace d = waybill::dagster_pipes;

// Made with CPython 3.11's zlib.
constexpr auto stored = "eAEBAwD8/2FiYwJNASc=", fixed = "eNpLTEoGAAJNASc=", empty = "eJwDAAAAAAE=";
constexpr auto with_dictionary = "ePkGLAIVywARCmASABmRBEk=";
constexpr auto dynamic =
    "eJzt1T1qA0EQBeGr7BE8f909+DQOZBAIO1Gg4wunUycwVPqij2W263H/uV0f1+/39XU9b6/n5+NvaOfQz2GcwzyHdQ5xDnkOdQ4bMFJhbcA2aBu4"
    "Dd4GcIO4gdxg7jB3fl+YO8wd5g5zh7nD3GHuMA+YB8yDjwLmAfOAecA8YB4wD5gnzBPmCfPkS4Z5wjxhnjBPmCfMC+YF84J5wbz4+8G8YF4wL5gX"
    "zAFzwBwwB8wBc/BmwBwwB8wBc8KcMCfMCXPCnDAnDx3MCXPCXDAXzAVzwVwwF8wFc/E6w1wwb5g3zBvmDfOGecO8YbZjdsyO2TE7ZsfsmB2zY3bM"
    "jtkxO2bH7Jgds2N2zI7ZMTtmx+yYHbNjdsyO2TE7ZsfsmB2zY3bMjtkxO2bH7Jgds2N2zI7ZMTtmx+yYHbNjdsyO2TE7Zsfs2L/p2BtMZTzF";

result<std::string> inflated(std::string_view base64, std::size_t limit = 1 << 20) {
  return d::inflate_zlib(from_base64(base64).value(), limit);
}

/// What a stream says after one of its bytes, counted from the end where negative, was changed.
std::string code_of_changed(std::string_view base64, int at) {
  auto bytes = from_base64(base64).value();
  bytes[static_cast<std::size_t>(at < 0 ? static_cast<int>(bytes.size()) + at : at)] ^= std::byte{1};
  return code_of(d::inflate_zlib(bytes));
}

TEST_CASE("Blocks of each of the three kinds are inflated", "[dagster]") {
  CHECK(inflated(stored).value() == "abc");
  CHECK(inflated(fixed).value() == "abc");
  CHECK(inflated(empty).value().empty());
  std::string expected;
  for (int i = 0; i < 900; ++i) expected += "line " + std::to_string(i % 97) + " of a text;";
  CHECK(inflated(dynamic).value() == expected);
}

TEST_CASE("A stream is refused when a byte is missing or another or too many", "[dagster]") {
  auto const whole = from_base64(fixed).value();
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(code_of(d::inflate_zlib(byte_view{whole}.first(n))) == "wrong_type");
  auto longer = whole;
  longer.push_back(std::byte{0});
  CHECK(code_of(d::inflate_zlib(longer)) == "wrong_type");
  for (int const at : {0, 1, -1, -4}) CHECK(code_of_changed(fixed, at) == "wrong_type");
  CHECK(code_of_changed(stored, 7) == "wrong_type");
  CHECK(code_of(inflated(with_dictionary)) == "wrong_type");
}

TEST_CASE("What is inflated has a limit", "[dagster]") {
  CHECK(inflated(dynamic, 16100).has_value());
  CHECK(code_of(inflated(dynamic, 16099)) == "too_large");
}

}  // namespace
