#include <waybill/algebra/diff.hpp>

#include <waybill/core/digest.hpp>

#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::keys_of;
using waybill_test::make_entry;
using waybill_test::make_manifest;

namespace {

/// Writes down what classify says.
struct transcript {
  std::vector<std::string> lines;
  template <class R>
  void added(R const& r) {
    lines.push_back("+" + text(r));
  }
  template <class R>
  void removed(R const& r) {
    lines.push_back("-" + text(r));
  }
  template <class A, class B>
  void modified(A const& a, B const&, entry_change c) {
    lines.push_back("~" + text(a) + std::to_string(static_cast<int>(c)));
  }
  static std::string text(entry const& e) { return e.key.str(); }
  template <class R>
  static std::string text(R const& r) {
    return std::string{r.path};
  }
};

using keyed = std::map<std::string, entry, walk_less>;

keyed by_key(std::vector<entry> const& entries) {
  keyed out;
  for (auto const& e : entries) out.emplace(e.key.str(), e);
  return out;
}

/// The same by set operations: look every key of the union up on both sides.
std::vector<std::string> reference(std::vector<entry> const& before, std::vector<entry> const& after) {
  auto const a = by_key(before);
  auto const b = by_key(after);
  std::map<std::string, std::string, walk_less> out;
  for (auto const& [key, e] : a)
    if (!b.contains(key)) out[key] = "-" + key;
  for (auto const& [key, e] : b) {
    auto const old = a.find(key);
    if (old == a.end()) out[key] = "+" + key;
    else if (auto const c = compare_entries(old->second, e); c != entry_change::none)
      out[key] = "~" + key + std::to_string(static_cast<int>(c));
  }
  std::vector<std::string> lines;
  for (auto& [key, line] : out) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

TEST_CASE("classify says what set operations say, in walk order") {
  waybill_test::entry_dice dice{1};
  for (int i = 0; i < 2000; ++i) {
    auto const before = dice.roll_all();
    auto const after = dice.below(4) == 0 ? dice.roll_all() : dice.vary(before);
    REQUIRE(is_walk_sorted(after));
    transcript found;
    classify(before, after, found, [](entry const& a, entry const& b) { return compare_entries(a, b); });
    REQUIRE(found.lines == reference(before, after));
  }
}

TEST_CASE("classify takes records of the caller's own, of two types, with projections") {
  struct listed {
    std::string path;
    int version;
  };
  struct indexed {
    int version;
    char const* path;
  };
  std::list<listed> const before{{"a/x", 1}, {"a-b", 1}, {"b", 1}};
  std::vector<indexed> const after{{2, "a-b"}, {1, "b"}, {1, "c"}};
  transcript found;
  classify(
      before, after, found,
      [](listed const& a, indexed const& b) {
        return a.version == b.version ? entry_change::none : entry_change::content;
      },
      [](listed const& r) { return std::string_view{r.path}; },
      [](indexed const& r) { return std::string_view{r.path}; });
  CHECK(found.lines == std::vector<std::string>{"-a/x", "~a-b1", "+c"});
}

TEST_CASE("a diff lists added, removed and modified entries and counts the others") {
  auto const before = make_manifest({make_entry("same", "1"), make_entry("gone", "2"), make_entry("new content", "3"),
                                     make_entry("new meta", "4"), make_entry("both", "5")});
  auto const after = make_manifest({make_entry("same", "1"), make_entry("come", "2"), make_entry("new content", "x"),
                                    make_entry("new meta", "4", R"({"user_meta":{"a":1}})"),
                                    make_entry("both", "y", R"({"user_meta":{"a":1}})")});
  auto const d = make_diff(before, after);
  CHECK(keys_of(d.added) == std::vector<std::string>{"come"});
  CHECK(keys_of(d.removed) == std::vector<std::string>{"gone"});
  REQUIRE(d.modified.size() == 3);
  CHECK(d.modified[0].before.key.str() == "both");
  CHECK(d.modified[0].reason == entry_change::both);
  CHECK(d.modified[1].reason == entry_change::content);
  CHECK(d.modified[1].after.size == 1u);
  CHECK(d.modified[2].reason == entry_change::metadata);
  CHECK(d.renamed.empty());
  CHECK(d.unchanged == 1);
  CHECK_FALSE(d.empty());
}

TEST_CASE("a manifest does not differ from itself, nor by its header, directories or places") {
  auto const m = make_manifest({make_entry("a", "1"), make_entry("b", "2")});
  CHECK(make_diff(m, m).empty());
  CHECK(make_diff(m, m).unchanged == 2);
  manifest_header header;
  header.set_message("other");
  auto moved = make_entry("a", "1");
  moved.places = {physical_key::s3("elsewhere", "a")};
  auto const other = manifest::create(header, {moved, make_entry("b", "2")}).value();
  CHECK(make_diff(m, other).empty());
  CHECK(make_diff(m, make_manifest({})).removed.size() == 2);
  CHECK(make_diff(make_manifest({}), m).added.size() == 2);
}

TEST_CASE("without a common digest entries differ unless the caller lets the size decide") {
  auto a = make_entry("k", "1");
  auto b = a;
  b.digests = {digest{algorithms::sha2_256_chunked, std::vector<std::byte>(32)}};
  auto const before = make_manifest({a});
  auto const after = make_manifest({b});
  CHECK(make_diff(before, after).modified.size() == 1);
  CHECK(make_diff(before, after, unknown_policy::same_size).unchanged == 1);
}
