#include <waybill/scan/placement.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"

using namespace waybill;

namespace {

/// The errc's word, or an empty text for a key that may be placed.
std::string refusal_of(std::string_view key) {
  auto const r = check_placeable(key);
  return r ? std::string{} : name_of(r.error().code);
}

std::vector<std::vector<std::string>> collisions_of(std::vector<std::string_view> const& keys) {
  std::vector<std::vector<std::string>> out;
  for (auto& c : find_collisions(keys)) out.push_back(std::move(c.keys));
  return out;
}

using groups = std::vector<std::vector<std::string>>;

/// Lines of the naughty strings' text file: no JSON reader needed, every line is one string.
std::vector<std::string> naughty_strings() {
  std::vector<std::string> out;
  auto const path = waybill_test::third_party("naughty-strings/blns.txt");
  if (path.empty()) return out;
  std::istringstream in{waybill_test::read_file(path)};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("a key that could leave its directory on some system is not placed") {
  std::string const long_segment(256, 'x');
  std::string long_key;
  while (long_key.size() < 4096) long_key += "dddddddd/";
  long_key += "f";
  std::array<std::string, 37> const unsafe{"",
                                           "..",
                                           "../x",
                                           "a/..",
                                           "a/../x",
                                           "a/../../x",
                                           "a/b/..",  // row 1: up
                                           "/x",
                                           "/",
                                           "//x",
                                           "//server/share",  // row 2: absolute
                                           "C:x",
                                           "c:/x",
                                           "C:\\x",
                                           "Z:",
                                           "\\x",
                                           "\\\\h\\s",
                                           "\\\\?\\C:\\x",  // drive and UNC
                                           "~",
                                           "~/x",
                                           "~\\x",
                                           "~user/x",
                                           "~+/x",  // home directories
                                           "a\\..\\b",
                                           "..\\x",
                                           "a\\..",
                                           "a/..\\..\\b",
                                           "a\\../b",         // backslashes
                                           "%HomeDrive%\\x",  // expanded by shells
                                           ".. /x",
                                           "a/..  ",  // blanks that Windows drops
                                           "a//b",
                                           "a/",
                                           "./a",
                                           "a/./b",  // no logical keys at all
                                           long_segment,
                                           long_key};
  for (auto const& key : unsafe) {
    INFO("key '" << key << "'");
    CHECK(refusal_of(key) == "unsafe_key");
  }
  CHECK(refusal_of(std::string{"a\0b", 3}) == "unsafe_key");
  CHECK(check_placeable("a/../x").error().path == "a/../x");
  CHECK(check_placeable("a/../x").error().code == condition::unsafe_input);
}

TEST_CASE("keys that are only unusual are placed") {
  std::string const full_segment(255, 'x');
  for (std::string_view const key : std::array<std::string_view, 23>{
           "a",        "a/b/c",    "%20x%20y", "100%",  "a..b",          "..a",      "a..",       "...",
           "a/.../b",  ".hidden",  "a~",       "a/~/b", "~$report.docx", "~tilde",   "1:b",       "ab:c",
           "data/C:x", "a\\b.txt", "x\ny",     "CON",   "trailing. ",    "\xc3\xa9", full_segment}) {
    INFO("key '" << key << "'");
    CHECK(refusal_of(key).empty());
  }
}

TEST_CASE("names in which tools keep what they run or trust are not written") {
  for (std::string_view const key : std::array<std::string_view, 24>{".git/hooks/pre-commit",
                                                                     ".git",
                                                                     ".GIT/config",
                                                                     ".Git/x",
                                                                     "sub/.git/config",
                                                                     "a/b/.git",
                                                                     ".hg/hgrc",
                                                                     ".HG/x",
                                                                     ".svn/entries",
                                                                     ".dvc/config",
                                                                     ".DVC/config",
                                                                     ".waybill/config.json",
                                                                     ".WayBill/tmp/x",
                                                                     "a\\.git\\hooks\\x",
                                                                     ".git./config",
                                                                     ".git /config",
                                                                     ".git::$INDEX_ALLOCATION/config",
                                                                     "git~1/config",
                                                                     "GIT~1/x",
                                                                     ".g\xe2\x80\x8cit/config",
                                                                     "\xef\xbb\xbf.git/config",
                                                                     ".git . ./x",
                                                                     ".dvc./config",
                                                                     ".waybill"}) {
    INFO("key '" << key << "'");
    CHECK(refusal_of(key) == "protected_name");
  }
  for (std::string_view const key :
       std::array<std::string_view, 10>{".gitignore", ".gitattributes", "git", "a.git", "sub/.dvc/x", "sub/.hg",
                                        ".quiltignore", ".dvcignore", "git~2", "waybill/x"}) {
    INFO("key '" << key << "'");
    CHECK(refusal_of(key).empty());
  }
}

TEST_CASE("names that other systems cannot hold are told with their reason") {
  std::array<std::pair<std::string_view, char const*>, 21> const problems{{{"CON", "device"},
                                                                           {"con", "device"},
                                                                           {"a/NUL.txt", "device"},
                                                                           {"aux.tar.gz", "device"},
                                                                           {"COM1", "device"},
                                                                           {"lpt9.x", "device"},
                                                                           {"COM\xc2\xb9", "device"},
                                                                           {"CONIN$", "device"},
                                                                           {"prn .txt", "device"},
                                                                           {"a<b", "one of"},
                                                                           {"a:b", "one of"},
                                                                           {"a\\b.txt", "one of"},
                                                                           {"what?", "one of"},
                                                                           {"a|b/c", "one of"},
                                                                           {"x\ny", "control"},
                                                                           {"\x1b[2J", "control"},
                                                                           {"x\x7f", "control"},
                                                                           {"a./b", "dot"},
                                                                           {"a.", "dot"},
                                                                           {"a /b", "space"},
                                                                           {"\xff", "UTF-8"}}};
  for (auto const& [key, reason] : problems) {
    INFO("key '" << key << "'");
    auto const problem = portability_problem(key);
    REQUIRE(problem);
    CHECK_THAT(*problem, waybill_test::contains(reason));
    CHECK(problem->find('\x1b') == std::string::npos);  // the sentence itself is safe on a terminal
  }
  for (std::string_view const key :
       std::array<std::string_view, 10>{"a", "CONSOLE", "COM", "COM10", "LPTX", "a.b/c d.txt",
                                        "\xe6\x97\xa5\xe6\x9c\xac", ".hidden", "nul-1", "xcon"}) {
    INFO("key '" << key << "'");
    CHECK_FALSE(portability_problem(key));
  }
}

TEST_CASE("a name's length is counted in UTF-16 units") {
  std::string smileys;
  for (int i = 0; i < 63; ++i) smileys += "\xf0\x9f\x98\x80";  // 63 * 2 units
  CHECK_FALSE(portability_problem(smileys));
  CHECK(portability_problem(std::string(256, 'x')));
  std::string accents;
  for (int i = 0; i < 127; ++i) accents += "\xc3\xa9";
  CHECK_FALSE(portability_problem(accents));
}

TEST_CASE("keys that are one file where case or normalisation does not count collide") {
  CHECK(collisions_of({"A.txt", "a.txt"}) == groups{{"A.txt", "a.txt"}});
  CHECK(collisions_of({"e\xcc\x81", "\xc3\xa9"}) == groups{{"e\xcc\x81", "\xc3\xa9"}});
  CHECK(collisions_of({"STRASSE",
                       "stra\xc3\x9f"
                       "e"}) == groups{{"STRASSE",
                                        "stra\xc3\x9f"
                                        "e"}});
  CHECK(collisions_of({"A", "B", "a", "b", "c"}) == groups{{"A", "a"}, {"B", "b"}});
  CHECK(collisions_of({"DATA", "Data", "data"}) == groups{{"DATA", "Data", "data"}});
  CHECK(collisions_of({}).empty());
  CHECK(collisions_of({"a"}).empty());
  CHECK(collisions_of({"a/x", "b/x", "c"}).empty());
}

TEST_CASE("directories collide with directories and with files") {
  CHECK(collisions_of({"A/x", "a/y"}) == groups{{"A/", "a/"}});
  CHECK(collisions_of({"A/x", "a/x"}) == groups{{"A/", "a/"}, {"A/x", "a/x"}});
  CHECK(collisions_of({"A", "a/x"}) == groups{{"A", "a/"}});
  CHECK(collisions_of({"p/A/x", "p/B/x", "p/a/y"}) == groups{{"p/A/", "p/a/"}});
  // One spelling is no matter of case.
  CHECK(collisions_of({"a/x", "a/y", "a/z/1", "a/z/2"}).empty());
}

TEST_CASE("naughty strings are judged without harm") {
  auto const strings = naughty_strings();
  if (strings.empty()) WAYBILL_SKIP("no naughty-strings/blns.txt");
  std::size_t placeable = 0;
  for (auto const& s : strings) {
    auto const in_directory = "data/" + s;
    placeable += check_placeable(s) ? 1 : 0;
    (void)check_placeable(in_directory);
    (void)portability_problem(s);
    std::vector<std::string_view> const keys{in_directory, s};
    (void)find_collisions(keys);
  }
  CHECK(strings.size() > 500);
  CHECK(placeable > 300);
  CHECK(placeable < strings.size());
}

TEST_CASE("BagIt's names of files outside the bag are refused on every system") {
  auto const root = waybill_test::third_party("bagit-conformance-suite");
  if (root.empty()) WAYBILL_SKIP("no bagit-conformance-suite");
  std::size_t checked = 0;
  for (auto const& version : std::filesystem::directory_iterator{root})
    for (char const* const system : {"linux-only", "windows-only"}) {
      auto const bags = version.path() / system;
      if (!std::filesystem::is_directory(bags)) continue;
      for (auto const& bag : std::filesystem::directory_iterator{bags}) {
        auto const name = bag.path().filename().string();
        if (!name.starts_with("out-of-scope") || name.ends_with("for-fetch")) continue;
        std::istringstream in{waybill_test::read_file(bag.path() / "manifest-md5.txt")};
        for (std::string line; std::getline(in, line);) {
          auto key = line.substr(line.find_first_of(" \t") + 1);
          key.erase(0, key.find_first_not_of(" \t*"));
          if (key.starts_with("data/")) continue;
          INFO(name << ": " << key);
          CHECK(refusal_of(key) == "unsafe_key");
          ++checked;
        }
      }
    }
  CHECK(checked == 6);
}
