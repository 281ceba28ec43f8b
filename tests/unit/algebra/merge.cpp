#include <waybill/algebra/merge.hpp>

#include <waybill/algebra/sorted.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::keys_of;
using waybill_test::make_entry;

namespace {

using entries = std::vector<entry>;
using texts = std::vector<std::string>;
using keyed = std::map<std::string, entry, walk_less>;
using state = std::optional<entry>;

keyed by_key(entries const& list) {
  keyed out;
  for (auto const& e : list) out.emplace(e.key.str(), e);
  return out;
}

state at(keyed const& side, std::string const& key) {
  auto const found = side.find(key);
  return found == side.end() ? state{} : state{found->second};
}

/// Decides key by key from maps, by comparing records as they are (the dice make equal things equal bytes).
struct reference {
  keyed merged;
  std::set<std::string, walk_less> conflicts;

  reference(entries const& b, entries const& o, entries const& t, merge_policy policy) {
    auto const base = by_key(b);
    auto const ours = by_key(o);
    auto const theirs = by_key(t);
    auto const& winner = policy == merge_policy::theirs ? theirs : ours;
    std::set<std::string, walk_less> all;
    for (auto const* side : {&base, &ours, &theirs})
      for (auto const& [key, e] : *side) all.insert(key);
    for (auto const& key : all) put(key, decide(key, at(base, key), at(ours, key), at(theirs, key), at(winner, key)));
    std::set<std::string> clashes;
    for (auto const& [file, e] : merged)
      for (auto const& [key, below] : merged)
        if (is_below(key, file)) clashes.insert({file, key});
    for (auto const& key : clashes) {
      conflicts.insert(key);
      merged.erase(key);
      put(key, at(winner, key));
    }
  }

 private:
  void put(std::string const& key, state s) {
    if (s) merged.emplace(key, *s);
  }
  state decide(std::string const& key, state const& b, state const& o, state const& t, state const& winner) {
    if (o == t || t == b) return o;
    if (o == b) return t;
    if (b && o && t) {
      bool const content_clash = o->digests != t->digests && o->digests != b->digests && t->digests != b->digests;
      bool const meta_clash = o->meta != t->meta && o->meta != b->meta && t->meta != b->meta;
      if (!content_clash && !meta_clash) {
        entry out = o->digests != b->digests ? *o : *t;
        out.meta = o->meta != b->meta ? o->meta : t->meta;
        return out;
      }
    }
    conflicts.insert(key);
    return winner;
  }
};

merge_result merge_of(entries const& base, entries const& ours, entries const& theirs,
                      merge_policy policy = merge_policy::report) {
  return merge(base, ours, theirs, policy);
}

}  // namespace

TEST_CASE("a merge decides every key as a reference does that looks at one key at a time") {
  waybill_test::entry_dice dice{2};
  std::size_t with_conflict = 0;
  for (int i = 0; i < 3000; ++i) {
    auto const base = dice.roll_all();
    auto const ours = dice.vary(base);
    auto const theirs = dice.vary(base);
    for (auto const policy : {merge_policy::report, merge_policy::ours, merge_policy::theirs}) {
      auto const found = merge_of(base, ours, theirs, policy);
      reference const expected{base, ours, theirs, policy};
      entries list;
      for (auto const& [key, e] : expected.merged) list.push_back(e);
      REQUIRE(found.merged == list);
      REQUIRE(is_walk_sorted(found.merged));
      texts conflicts;
      if (policy == merge_policy::report) conflicts.assign(expected.conflicts.begin(), expected.conflicts.end());
      REQUIRE(keys_of(found.conflicts) == conflicts);
      with_conflict += conflicts.empty() ? 0 : 1;
    }
  }
  CHECK(with_conflict > 100);
  CHECK(with_conflict < 2900);
}

TEST_CASE("a key changed on one side takes that side, on both to the same thing that thing") {
  entries const base{make_entry("a", "1"), make_entry("b", "1"), make_entry("c", "1"), make_entry("d", "1")};
  entries const ours{make_entry("a", "2"), make_entry("b", "1"), make_entry("c", "3"), make_entry("e", "5")};
  entries const theirs{make_entry("a", "1"), make_entry("c", "3"), make_entry("d", "1"), make_entry("e", "5"),
                       make_entry("f", "6")};
  auto const found = merge_of(base, ours, theirs);
  CHECK(found.conflicts.empty());
  CHECK(found.merged ==
        entries{make_entry("a", "2"), make_entry("c", "3"), make_entry("e", "5"), make_entry("f", "6")});
}

TEST_CASE("content and metadata of one entry merge independently") {
  auto const meta = R"({"user_meta": {"label": 1}})";
  auto const found = merge_of({make_entry("a", "1")}, {make_entry("a", "2")}, {make_entry("a", "1", meta)});
  CHECK(found.conflicts.empty());
  CHECK(found.merged == entries{make_entry("a", "2", meta)});
}

TEST_CASE("a conflict keeps our state until somebody decides and shows all three sides") {
  auto const base = make_entry("a", "1");
  auto const ours = make_entry("a", "2");
  auto const theirs = make_entry("a", "3");
  auto const found = merge_of({base}, {ours}, {theirs});
  CHECK(found.merged == entries{ours});
  REQUIRE(found.conflicts.size() == 1);
  CHECK(found.conflicts[0].base == base);
  CHECK(found.conflicts[0].ours == ours);
  CHECK(found.conflicts[0].theirs == theirs);
  CHECK(merge_of({base}, {ours}, {theirs}, merge_policy::theirs).merged == entries{theirs});
  CHECK(merge_of({base}, {ours}, {theirs}, merge_policy::theirs).conflicts.empty());
  CHECK(merge_of({base}, {}, {theirs}).merged.empty());
  CHECK_FALSE(merge_of({base}, {}, {theirs}).conflicts.at(0).ours);
}

TEST_CASE("a name that becomes a file on one side and a directory on the other is a conflict") {
  entries const ours{make_entry("a", "file"), make_entry("b", "kept")};
  entries const theirs{make_entry("a/x", "1"), make_entry("a/y", "2"), make_entry("b", "kept")};
  auto const found = merge_of({make_entry("b", "kept")}, ours, theirs);
  CHECK(found.merged == ours);
  CHECK(keys_of(found.conflicts) == texts{"a", "a/x", "a/y"});
  CHECK(merge_of({make_entry("b", "kept")}, ours, theirs, merge_policy::theirs).merged == theirs);
}

TEST_CASE("an entry that nobody touched is no conflict even without a digest") {
  auto draft = make_entry("a", "1");
  draft.digests = {};
  draft.size.reset();
  auto const found = merge_of({draft}, {draft}, {draft});
  CHECK(found.conflicts.empty());
  CHECK(found.merged == entries{draft});
}
