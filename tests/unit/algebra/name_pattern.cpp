#include <waybill/algebra/name_pattern.hpp>

#include <random>
#include <regex>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;

namespace {

using texts = std::vector<std::string>;

/// The texts a key gives, by name in sorted order; `no` when it does not match.
texts read(std::string_view pattern, std::string_view key) {
  auto const parsed = name_pattern::parse(pattern).value();
  auto const found = parsed.match(key).value();
  if (!found) return {"no"};
  CHECK(parsed.fill(*found) == key);
  return {found->begin(), found->end()};
}

}  // namespace

TEST_CASE("a name stands for one or more bytes without a slash") {
  CHECK(read("images/{id}.jpg", "images/12.jpg") == texts{"12"});
  CHECK(read("images/{id}.jpg", "images/.jpg") == texts{"no"});
  CHECK(read("images/{id}.jpg", "images/a/12.jpg") == texts{"no"});
  CHECK(read("images/{id}.jpg", "images/12.jpg.jpg") == texts{"12.jpg"});
  CHECK(read("images/{id}.jpg", "images/12.jpeg") == texts{"no"});
  CHECK(read("{b}/{a}", "x/y") == texts{"y", "x"});
  CHECK(read("plain", "plain").empty());
  CHECK(read("plain", "plainer") == texts{"no"});
}

TEST_CASE("each name takes as little as it can, from left to right") {
  CHECK(read("{a}-{b}", "x-y-z") == texts{"x", "y-z"});
  CHECK(read("{a}-{b}.t", "x--y.t.t") == texts{"x", "-y.t"});
  CHECK(read("{a}-{b}", "-x-y") == texts{"-x", "y"});
}

TEST_CASE("a name that stands twice stands for the same text") {
  CHECK(read("{id}/{id}.jpg", "7/7.jpg") == texts{"7"});
  CHECK(read("{id}/{id}.jpg", "7/8.jpg") == texts{"no"});
  CHECK(read("{a}-{b}-{a}", "x-y-z-x-y") == texts{"x-y", "z"});
}

TEST_CASE("random patterns agree with regular expressions") {
  std::mt19937 engine{5};
  std::vector<std::string> const pieces{"a", "-", "/", "{p}", "{q}", "ab", "{r}"};
  int matched = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string pattern;
    std::string expression;
    std::string used;
    for (int n = 0; n < 6; ++n) {
      auto const& piece = pieces[engine() % pieces.size()];
      bool const name = piece[0] == '{';
      if (name && (pattern.ends_with('}') || used.find(piece[1]) != used.npos)) continue;
      pattern += piece;
      expression += name ? "([^/]+?)" : piece;
      if (name) used += piece[1];
    }
    if (pattern.empty()) continue;
    std::string key;
    auto const dice = [&](std::size_t least, std::size_t most, std::string_view letters) {
      for (auto n = least + engine() % (most - least + 1); n-- > 0;) key += letters[engine() % letters.size()];
    };
    if (i % 2 == 0) {
      dice(0, 8, "aab-/");
    } else {
      // the pattern itself with its names filled in, and now and then a byte too many
      for (std::size_t n = 0; n < pattern.size(); ++n) {
        if (pattern[n] != '{') key += pattern[n];
        else n += 2, dice(1, 3, "ab-");
      }
      dice(0, 1, "a");
    }
    std::smatch groups;
    bool const expected = std::regex_match(key, groups, std::regex{expression});
    auto const parsed = name_pattern::parse(pattern).value();
    auto const found = parsed.match(key).value();
    INFO(pattern << " on " << key);
    REQUIRE(found.has_value() == expected);
    if (!found) continue;
    ++matched;
    for (std::size_t n = 0; n < used.size(); ++n) {
      std::size_t slot = 0;
      while (parsed.names()[slot][0] != used[n]) ++slot;
      REQUIRE((*found)[slot] == groups[n + 1].str());
    }
  }
  CHECK(matched > 1000);
  CHECK(matched < 3000);
}

TEST_CASE("hard keys are decided quickly or refused, never searched for hours") {
  std::string const dashes(2000, '-');
  CHECK(read("{a}-{b}-{c}-{d}-{e}!", dashes) == texts{"no"});
  auto const repeated = name_pattern::parse("{a}-{b}-{c}-{d}-{a}!").value();
  CHECK(repeated.match(dashes).error().code == errc::too_large);
}

TEST_CASE("patterns without sense are refused") {
  for (auto const* bad : {"", "{", "a}", "{}", "{a", "{1}", "{a b}", "{a}{b}", "*.jpg", "a?", "{a{b}}"}) {
    INFO(bad);
    REQUIRE(name_pattern::parse(bad).has_error());
    CHECK(name_pattern::parse(bad).error().code == errc::usage);
  }
}
