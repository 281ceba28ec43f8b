#include <waybill/history/changes.hpp>

#include <waybill/history/play.hpp>

#include <random>

#include "samples.hpp"

using namespace waybill;
using namespace waybill_test;

namespace {

history::state random_state(std::mt19937& r) {
  static constexpr char const* keys[] = {"a", "a/x", "a/x/y", "b", "b-1", "b/z"};
  static constexpr char const* tokens[] = {"A", "B"};
  static constexpr char const* metas[] = {"{}", R"({"user_meta":{"m":1}})", R"({"user_meta":{"m":2,"n":null}})",
                                          R"({"user_meta":{}})", R"({"more":true})"};
  history::state s;
  for (auto const* key : keys)
    if (r() % 2 == 0 && !s.in_the_way(key)) s.set(file(key, tokens[r() % 2], metas[r() % 5]));
  for (auto const* directory : {"a/", "b/", "c/"})
    if (r() % 3 == 0 && s.can_have_meta(directory)) s.set_field(directory, r() % 2 == 0 ? "p" : "q", json::value{"v"});
  if (r() % 2 == 0) s.set_field(std::nullopt, "v", json::value::integer(std::uint64_t{r() % 3}));
  return s;
}

std::string all_of(history::state const& s) {
  auto out = shown(s) + " " + json::canonical(s.meta());
  for (auto const& [name, meta] : s.directories()) out += " " + name + "/" + json::canonical(meta);
  return out;
}

}  // namespace

TEST_CASE("the changes between two states make the one the other and their inverse takes them back") {
  std::mt19937 r{1};
  for (int i = 0; i < 2000; ++i) {
    auto const before = random_state(r);
    auto const after = random_state(r);
    INFO(all_of(before) << " -> " << all_of(after));
    json::value const apply = json::object{{"changes", history::changes_between(before, after)}};
    auto now = before;
    auto const did = history::play(now, "Package.apply", apply);
    REQUIRE(ok(did));
    REQUIRE_FALSE(did->failed);
    REQUIRE(all_of(now) == all_of(after));
    auto const back = history::inverse(before, "Package.apply", apply);
    REQUIRE(ok(back));
    auto const undone = history::play(now, "Package.apply", json::object{{"changes", *back}});
    REQUIRE(ok(undone));
    REQUIRE_FALSE(undone->failed);
    REQUIRE(all_of(now) == all_of(before));
  }
}

TEST_CASE("no change is no action") {
  std::mt19937 r{2};
  for (int i = 0; i < 100; ++i) {
    auto const s = random_state(r);
    CHECK(history::changes_between(s, s).empty());
  }
}
