#include <waybill/core/logical_key.hpp>

#include <boost/json/parse.hpp>

#include <compare>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

TEST_CASE("logical keys are accepted and refused as by quilt3") {
  auto const document = boost::json::parse(waybill_test::read_file(waybill_test::vectors("quilt/names.json")));
  auto const& rows = document.at("logical_keys").as_array();
  REQUIRE(rows.size() >= 13);
  for (auto const& row : rows) {
    std::string const key{row.at(0).as_string()};
    INFO(key);
    CHECK(logical_key::parse(key).has_value() == row.at(1).as_bool());
  }
}

TEST_CASE("a logical key may hold anything but bad segments and bytes that are not UTF-8") {
  using namespace std::string_literals;
  for (auto const& good : {"a/b/c"s, "..a"s, "a/..."s, "a\nb"s, "a\0b"s, "\x1b"s, "C:\\x"s, "\xc3\xa9"s, "a "s}) {
    auto const key = logical_key::parse(good);
    REQUIRE(key.has_value());
    CHECK(key->str() == good);
  }
  for (auto const& bad : {""s, "/"s, "a/"s, "/a"s, "//"s, "a//b"s, "."s, ".."s, "a/."s, "a/.."s, "./a"s, "../a"s,
                          "a/./b"s, "a/../b"s, "\xff"s, "a/\xed\xa0\x80"s, "\xc0\xae\xc0\xae/a"s}) {
    INFO(bad);
    auto const key = logical_key::parse(bad);
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().code == errc::malformed_key);
  }
}

TEST_CASE("walk order puts the slash below every other byte") {
  // The first chains are the facts' own examples; the last is UTF-8 order, which is code point order.
  std::vector<std::string> const ordered[] = {
      {"a/x", "a-b", "a.txt"},
      {"x/1", "x y/2", "x!", "x-/3"},
      {"\xef\xbf\xbd", "\xf0\x90\x80\x80"},
      {"a", "a/", "a/b", std::string{"a\0", 2}, "a\x01", "a b", "aa", "b", "\x7f", "\xc2\x80"},
  };
  for (auto const& chain : ordered)
    for (std::size_t i = 0; i < chain.size(); ++i)
      for (std::size_t k = 0; k < chain.size(); ++k) {
        INFO(chain[i] << " and " << chain[k]);
        CHECK(std::is_eq(walk_compare(chain[i], chain[k])) == (i == k));
        CHECK(walk_less{}(chain[i], chain[k]) == (i < k));
        CHECK((logical_key::trusted(chain[i]) < logical_key::trusted(chain[k])) == (i < k));
      }
}

TEST_CASE("walk order is the order of a recursive walk") {
  std::vector<std::string> keys;
  for (std::string const first : {"a", "a-", "a.b", "a ", "b", "\xc3\xa9"})
    for (std::string const second : {"", "/x", "/x/y", "/a-", "/-", "!"}) keys.push_back(first + second);
  auto segments = [](std::string_view key) {
    std::vector<std::string> out(1);
    for (char const c : key)
      if (c == '/') out.emplace_back();
      else out.back() += c;
    return out;
  };
  for (auto const& a : keys)
    for (auto const& b : keys) {
      INFO(a << " and " << b);
      CHECK((walk_compare(a, b) < 0) == (segments(a) < segments(b)));
    }
}

TEST_CASE("walk order sees the first difference wherever it stands") {
  for (std::size_t prefix = 0; prefix < 40; ++prefix)
    for (std::size_t suffix = 0; suffix < 20; ++suffix) {
      auto const key = [&](char c, char rest) { return std::string(prefix, 'k') + c + std::string(suffix, rest); };
      INFO(prefix << " bytes before, " << suffix << " behind");
      CHECK(std::is_lt(walk_compare(key('/', 'z'), key('!', 'a'))));
      CHECK(std::is_gt(walk_compare(key('b', 'a'), key('a', 'z'))));
      CHECK(std::is_gt(walk_compare(key('\xc3', 'a'), key('z', 'z'))));
      CHECK(std::is_eq(walk_compare(key('a', 'z'), key('a', 'z'))));
      CHECK(std::is_lt(walk_compare(std::string(prefix, 'k'), key('/', 'a'))));
    }
}

TEST_CASE("a key is below a directory only at a slash") {
  CHECK(is_below("a/b", "a"));
  CHECK(is_below("a/b/c", "a"));
  CHECK(is_below("a", ""));
  CHECK_FALSE(is_below("a", "a"));
  CHECK_FALSE(is_below("ab/c", "a"));
  CHECK_FALSE(is_below("b/a", "a"));
}
