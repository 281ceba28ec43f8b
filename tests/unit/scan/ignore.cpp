#include <waybill/scan/ignore.hpp>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("rules of a .quiltignore are matched below any directory, across slashes") {
  ignore_rules const rules{"*.pyc\nbuild/\nsub/*\nname\n"};
  CHECK(rules.ignores_file("/t/a.pyc"));
  CHECK(rules.ignores_file("/t/x/y/a.pyc"));
  CHECK_FALSE(rules.ignores_file("/t/a.PYC"));
  CHECK(rules.ignores_directory("/t/build"));
  CHECK(rules.ignores_directory("/t/x/build"));
  CHECK_FALSE(rules.ignores_file("/t/build"));
  CHECK_FALSE(rules.ignores_directory("/t/rebuild"));
  CHECK(rules.ignores_directory("/t/name"));
  CHECK(rules.ignores_file("/t/name"));
  CHECK_FALSE(rules.ignores_file("/t/name.txt"));
}

TEST_CASE("a rule also matches a parent of the tree, as in quilt3") {
  ignore_rules const rules{"sub/*"};
  CHECK(rules.ignores_file("/data/sub/tree/f"));
  CHECK(rules.ignores_directory("/data/sub/tree/d"));
  CHECK(rules.ignores_directory("/data/sub"));
  CHECK_FALSE(rules.ignores_file("/data/other/f"));
}

TEST_CASE("there are no comments, negations, anchors or trimmed spaces") {
  CHECK_FALSE(ignore_rules{"/q.log"}.ignores_file("/t/q.log"));
  CHECK(ignore_rules{"#x"}.ignores_file("/t/#x"));
  CHECK(ignore_rules{"!x"}.ignores_file("/t/!x"));
  CHECK_FALSE(ignore_rules{"x "}.ignores_file("/t/x"));
  CHECK_FALSE(ignore_rules{"x\r\n"}.ignores_file("/t/x"));
  CHECK(ignore_rules{"x\r\n"}.ignores_file("/t/x\r"));
  CHECK(ignore_rules{"[ab].t?t"}.ignores_file("/t/b.txt"));
}

TEST_CASE("an empty file or empty lines ignore nothing") {
  CHECK(ignore_rules{}.empty());
  CHECK(ignore_rules{""}.empty());
  CHECK(ignore_rules{"\n\n"}.empty());
  CHECK_FALSE(ignore_rules{"\n\n"}.ignores_directory("/t/a"));
  CHECK_FALSE(ignore_rules{"\nx"}.empty());
}
