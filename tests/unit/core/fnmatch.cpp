#include <waybill/core/fnmatch.hpp>

#include <chrono>
#include <string>

#include "support/catch.hpp"

using namespace waybill;

// Third column: fnmatch.fnmatchcase(text, pattern) of CPython 3.11.7.
TEST_CASE("fnmatch agrees with Python") {
  struct row {
    std::string pattern;
    std::string text;
    bool matches;
  };
  row const rows[] = {
      {"*", "a/b", true},
      {"*.txt", "a/b.txt", true},
      {"*.txt", "a.TXT", false},
      {"a?c", "a/c", true},
      {"a?c", "a\012c", true},
      {"?", "\303\251", true},
      {"?", "\346\227\245", true},
      {"??", "\303\251", false},
      {"[\303\251-\303\274]", "\303\266", true},
      {"[!\303\251]", "e", true},
      {"*/sub/*", "/r/sub/x/y", true},
      {"*/q.log", "/r/q.log", true},
      {"*//q.log", "/r/q.log", false},
      {"[abc]", "b", true},
      {"[!abc]", "b", false},
      {"[!abc]", "d", true},
      {"[a", "[a", true},
      {"[", "[", true},
      {"[]", "[]", true},
      {"[]]", "]", true},
      {"[]-a]", "_", true},
      {"[!]", "[!]", true},
      {"[!]]", "x", true},
      {"[!]]", "]", false},
      {"[a-c]", "b", true},
      {"[a-a]", "a", true},
      {"[a-a]", "-", false},
      {"[a-]", "-", true},
      {"[-a]", "-", true},
      {"[c-a]", "b", false},
      {"[!c-a]", "b", true},
      {"[a-c-e]", "d", false},
      {"[a-c-e]", "e", true},
      {"[a-c-e]", "-", true},
      {"[b-ac-d]", "c", true},
      {"[b-ac-d]", "b", false},
      {"[--0]", ".", true},
      {"[!-a]", "-", false},
      {"\\*", "\\x", true},
      {"\\a", "a", false},
      {"[\\]", "\\", true},
      {"[\\a]", "\\", true},
      {"[^a]", "^", true},
      {"[^a]", "b", false},
      {"[[a]", "[", true},
      {"[&&a]", "&", true},
      {"[/]", "/", true},
      {"a**b", "axyb", true},
      {"***", "", true},
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"?", "", false},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"{a,b}", "a", false},
      {"{a,b}", "{a,b}", true},
      {"a*", "b", false},
      {"*b", "ba", false},
      {".*", ".x", true},
      {"*", ".x", true},
      {"a\012*", "a\012b", true},
      {"*$", "x$", true},
      {"(a|b)", "a", false},
      {"(a|b)", "(a|b)", true},
      {"a+", "aa", false},
      {"*x", "a\012x", true},
      {"[z-a]*", "a", false},
      {"[!z-a]*", "a", true},
      {"[]!]", "!", true},
      {"[a!]", "!", true},
      {"[!!]", "!", false},
      {"[!!]", "a", true},
  };
  for (auto const& [pattern, text, matches] : rows) {
    INFO(pattern << " on " << text);
    CHECK(fnmatch_python(pattern, text) == matches);
  }
}

TEST_CASE("no fnmatch pattern makes matching slow") {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "a*";
  auto const begin = std::chrono::steady_clock::now();
  CHECK_FALSE(fnmatch_python(stars + "b", std::string(4000, 'a')));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
}
