#include <waybill/protocol/dolt/names.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.hpp"

using namespace waybill;
using dolt::branch_of;

TEST_CASE("a writer's branch can be read by people") {
  CHECK(branch_of("flow/17/train/3.0") == "waybill/flow/17/train/3.0");
  CHECK(branch_of("TrainFlow/17/a_b-c/3.1") == "waybill/=train=flow/17/a_b-c/3.1");
}

TEST_CASE("a writer's branch holds nothing that no branch may hold") {
  for (std::string const writer :
       {"a b",    "a~1",  "a^",   "a:b", "a?", "a*",   "[a", "a\\b",   "..",   ".a",   "a.", "a..b",
        "a.lock", "a/.b", "a./b", "/a",  "a/", "a//b", "@{", "\u00e4", "\x7f", "a\nb", "",   "-a"}) {
    INFO(writer);
    auto const branch = branch_of(writer);
    auto const name = branch.substr(8);
    CHECK(branch.starts_with("waybill/"));
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-./%=ABCDEF") == std::string::npos);
    CHECK(name.find("..") == std::string::npos);
    CHECK(name.find("//") == std::string::npos);
    CHECK(name.find("/.") == std::string::npos);
    CHECK(name.find("./") == std::string::npos);
    CHECK_FALSE(name.starts_with("."));
    CHECK_FALSE(name.ends_with("."));
    CHECK_FALSE(name.ends_with(".lock"));
    CHECK_FALSE(name.starts_with("/"));
    CHECK_FALSE(name.ends_with("/"));
  }
}

TEST_CASE("two writers never share a branch whatever the case of their names") {
  std::set<std::string> branches;
  std::size_t count = 0;
  for (std::string const writer :
       {"F/1", "f/1", "f/%31", "f//1", "f/1/", "/f/1", "f%2F1", "f%2f1", "=f/1", "%46/1", "f.1", "f..1"}) {
    auto branch = branch_of(writer);
    std::transform(branch.begin(), branch.end(), branch.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    branches.insert(branch);
    ++count;
  }
  CHECK(branches.size() == count);
}

TEST_CASE("a commit's tag names the commit") {
  CHECK(dolt::tag_of("u73s2mb1ho4mj1ldkof939vampo93bld") == "waybill/u73s2mb1ho4mj1ldkof939vampo93bld");
}
