#include <waybill/protocol/valohai/plan.hpp>

#include <waybill/hash/openssl.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

using a = v::file_action;
using r = v::file_reason;
using names = std::vector<std::string>;

digest_set sha(std::string_view text) { return {hash_bytes<sha256_hasher>(as_bytes(text))}; }

v::previous_files before() {
  return v::previous_files::create(
             {{"4", "z"}, {"1", "keep", 1, sha("k")}, {"2", "sub/gone", 4, sha("gone")}, {"3", "chg"}},
             v::duplicate_policy::refuse)
      .value();
}

v::update_plan mixed() {
  return v::make_plan({{"keep", {a::kept, r::same_digest}, 1, sha("k")},
                       {"chg", {a::changed, r::size}, 2, {}},
                       {"add-é", {a::added, r::not_in_version}, 1, sha("a")},
                       {"a/moved", {a::added, r::not_in_version}, 4, sha("gone")},
                       {"z", {a::kept, r::no_checksum}, 0, {}}},
                      before());
}

TEST_CASE("A plan lists what is new and what goes and what stays", "[valohai]") {
  auto const plan = mixed();
  auto const old = before();
  CHECK(v::new_names(plan) == names{"a/moved", "add-é", "chg"});
  CHECK(v::excluded_names(plan) == names{"chg", "sub/gone"});
  CHECK(v::kept_data(plan, old) == std::vector<std::pair<std::string, std::string>>{{"z", "4"}, {"keep", "1"}});
  CHECK(plan.count(a::added) == 2);
  CHECK(plan.count(a::changed) == 1);
  CHECK(plan.count(a::kept) == 2);
  CHECK(plan.count(a::removed) == 1);
  CHECK_FALSE(plan.empty());
  CHECK(plan.files.front().name == "a/moved");
}

TEST_CASE("The same content under another name is reported as renamed", "[valohai]") {
  CHECK(mixed().renamed == std::vector<std::pair<std::string, std::string>>{{"sub/gone", "a/moved"}});
}

TEST_CASE("Names are sorted by their bytes and not by walk order", "[valohai]") {
  auto const plan = v::make_plan({{"a/x", {a::added, r::not_in_version}}, {"a-b", {a::added, r::not_in_version}}}, {});
  CHECK(v::new_names(plan) == names{"a-b", "a/x"});
  CHECK(plan.files.front().name == "a/x");
}

TEST_CASE("A plan in which everything stays is empty", "[valohai]") {
  auto const old = v::previous_files::create({{"1", "a"}}, v::duplicate_policy::refuse).value();
  CHECK(v::make_plan({{"a", {a::kept, r::same_digest}}}, old).empty());
  CHECK_FALSE(v::make_plan({{"a", {a::changed, r::size}}}, old).empty());
  CHECK_FALSE(v::make_plan({}, old).empty());
  CHECK(v::make_plan({}, {}).empty());
}

}  // namespace
