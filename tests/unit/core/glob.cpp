#include <waybill/core/glob.hpp>

#include <chrono>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("stars and question marks stay inside a segment, double stars do not") {
  CHECK(glob_match("a/*.csv", "a/b.csv"));
  CHECK_FALSE(glob_match("a/*.csv", "a/b/c.csv"));
  CHECK(glob_match("a/*/c", "a/b/c"));
  CHECK_FALSE(glob_match("a/*/c", "a/c"));
  CHECK(glob_match("a/b*", "a/b"));
  CHECK_FALSE(glob_match("a?c/d", "a/c/d"));
  CHECK(glob_match("a/**", "a/b"));
  CHECK(glob_match("a/**", "a/b/c"));
  CHECK_FALSE(glob_match("a/**", "a"));
  CHECK_FALSE(glob_match("a/**", "ab/c"));
  CHECK(glob_match("a**c/d", "a/b/c/d"));
  CHECK(glob_match("**", "a/b/c"));
}

TEST_CASE("a double star as a whole segment may stand for none") {
  CHECK(glob_match("a/**/b", "a/b"));
  CHECK(glob_match("a/**/b", "a/x/b"));
  CHECK(glob_match("a/**/b", "a/x/y/b"));
  CHECK_FALSE(glob_match("a/**/b", "a/xb"));
  CHECK_FALSE(glob_match("a/**/b", "ab"));
  CHECK(glob_match("**/b", "b"));
  CHECK(glob_match("**/b", "a/b"));
  CHECK_FALSE(glob_match("**/b", "ab"));
  CHECK_FALSE(glob_match("x**/b", "xb"));
  CHECK(glob_match("**/**/b", "b"));
  CHECK(glob_match("{x,a/}**/c", "a/c"));
  CHECK(glob_match("{**,x}/b", "b"));
}

TEST_CASE("a pattern without slash is about the last segment, one that ends in a slash about a directory") {
  CHECK(glob_match("*.csv", "a/b/c.csv"));
  CHECK_FALSE(glob_match("b", "b/c"));
  CHECK_FALSE(glob_match("/*.csv", "a/c.csv"));
  CHECK(glob_match("/*.csv", "c.csv"));
  CHECK(glob_match("a/", "a/b/c"));
  CHECK_FALSE(glob_match("a/", "a"));
  CHECK_FALSE(glob_match("a/", "x/a/b"));
  CHECK(glob_match("a*/", "ab/c"));
  CHECK(glob_match("**/a/", "x/a/b"));
  CHECK_FALSE(glob_match("", "a"));
}

TEST_CASE("sets take one whole character and never a slash") {
  CHECK(glob_match("[a-c]", "b"));
  CHECK_FALSE(glob_match("[a-c]", "d"));
  CHECK_FALSE(glob_match("[!a-c]", "b"));
  CHECK(glob_match("[!a-c]", "d"));
  CHECK_FALSE(glob_match("a[!b]c/d", "a/c/d"));
  CHECK_FALSE(glob_match("a[/]c", "a/c"));
  CHECK_FALSE(glob_match("a[.-0]c", "a/c"));
  CHECK(glob_match("[]a]", "]"));
  CHECK(glob_match("[a\\]b]", "]"));
  CHECK(glob_match("[a-]", "-"));
  CHECK(glob_match("[^a]", "^"));
  CHECK_FALSE(glob_match("[^a]", "b"));
  CHECK(glob_match("[\xc3\xa0-\xc3\xbf]", "\xc3\xa9"));
  CHECK(glob_match("?", "\xe6\x97\xa5"));
  CHECK_FALSE(glob_match("??", "\xe6\x97\xa5"));
  CHECK_FALSE(glob_match("[!a]", "\xe6\x97\xa5x"));
}

TEST_CASE("braces are alternatives, may be empty, nest and hold slashes") {
  for (auto const* key : {"a/x.jpg", "a/x.png", "b/c/x.png"}) CHECK(glob_match("{a,b/c}/*.{jpg,png}", key));
  CHECK_FALSE(glob_match("{a,b/c}/*.{jpg,png}", "b/x.png"));
  CHECK(glob_match("x{,.gz}", "x"));
  CHECK(glob_match("x{,.gz}", "x.gz"));
  CHECK(glob_match("{a,{b,c}d}e", "cde"));
  CHECK_FALSE(glob_match("{a,{b,c}d}e", "ce"));
  CHECK(glob_match("{[,],x}", ","));
  CHECK(glob_match("{a\\,b,c}", "a,b"));
}

TEST_CASE("a backslash makes the next character plain, and what is not closed is plain") {
  CHECK(glob_match("\\*", "*"));
  CHECK_FALSE(glob_match("\\*", "a"));
  CHECK(glob_match("\\[a]", "[a]"));
  CHECK(glob_match("\\{a,b}", "{a,b}"));
  CHECK(glob_match("a\\", "a\\"));
  CHECK(glob_match("[a", "[a"));
  CHECK(glob_match("{a,b", "{a,b"));
  CHECK(glob_match("a}", "a}"));
  CHECK(glob_match("a,b", "a,b"));
}

TEST_CASE("no pattern makes matching slow or deep") {
  auto const begin = std::chrono::steady_clock::now();
  std::string stars;
  std::string braces;
  for (int i = 0; i < 200; ++i) {
    stars += "a*";
    braces += "{a,b,*}";
  }
  std::string const key(4000, 'a');
  CHECK_FALSE(glob_match(stars + "b", key));
  CHECK_FALSE(glob_match(braces + "c", key));
  CHECK_FALSE(glob_match("**/" + stars + "/**/" + stars + "b", key + "/" + key));
  CHECK_FALSE(glob_match(std::string(10'000, '{') + "a" + std::string(10'000, '}'), key));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
}
