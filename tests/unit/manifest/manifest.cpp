#include <waybill/json/write.hpp>
#include <waybill/manifest/manifest.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

entry file(std::string_view key, std::uint64_t size = 1) {
  return {logical_key::parse(key).value(),
          size,
          {digest::parse(algorithms::sha256, std::string(64, '0')).value()},
          nullptr,
          {physical_key::file("/data")},
          json::object{}};
}

directory_meta directory(std::string_view key, json::value meta) {
  return {logical_key::parse(key).value(), std::move(meta)};
}

json::value note(char const* text) { return json::object{{"n", text}}; }

result<manifest> of(std::initializer_list<char const*> keys, std::vector<directory_meta> directories = {}) {
  std::vector<entry> entries;
  for (auto const* key : keys) entries.push_back(file(key));
  return manifest::create({}, std::move(entries), std::move(directories));
}

std::string joined(std::span<entry const> entries) {
  std::string out;
  for (auto const& e : entries) out += (out.empty() ? "" : " ") + e.key.str();
  return out;
}

/// quilt3's own order: each level's names sorted, directories by their bare name.
void nested_sort(std::set<std::string> const& keys, std::string const& prefix, std::vector<std::string>& out) {
  std::set<std::string> names;
  for (auto const& key : keys)
    if (key.starts_with(prefix)) names.insert(key.substr(prefix.size(), key.find('/', prefix.size()) - prefix.size()));
  for (auto const& name : names) {
    if (keys.contains(prefix + name)) out.push_back(prefix + name);
    else nested_sort(keys, prefix + name + "/", out);
  }
}

}  // namespace

TEST_CASE("entries in any order are sealed in walk order, with one top hash") {
  auto const sorted = of({"a/b/c", "a/x", "a-b", "a.txt", "a0"}).value();
  auto const shuffled = of({"a0", "a.txt", "a/x", "a-b", "a/b/c"}).value();
  CHECK(joined(shuffled.entries()) == "a/b/c a/x a-b a.txt a0");
  CHECK(shuffled == sorted);
  CHECK(sorted.total_size() == 5);
  CHECK_FALSE(of({"a0"}).value() == sorted);
}

TEST_CASE("walk order is a nested sort of every level") {
  std::mt19937 random{7};
  std::string_view const alphabet[] = {"a", "b", "-",   ".x", "!", "0", "\xc3\xa9", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
                                       " ", "~", "\x01"};
  for (int round = 0; round < 50; ++round) {
    std::set<std::string> keys;
    for (int i = 0; i < 60; ++i) {
      std::string key;
      auto const depth = 1 + random() % 4;
      for (std::size_t level = 0; level < depth; ++level) {
        if (level != 0) key += '/';
        for (auto left = 1 + random() % 2; left != 0; --left) key += alphabet[random() % std::size(alphabet)];
      }
      keys.insert(key + "f");
    }
    // A file's name never ends like a directory's, so that none is both.
    std::erase_if(keys, [&](std::string const& k) {
      return std::ranges::any_of(keys, [&](std::string const& other) { return is_below(other, k); });
    });
    std::vector<std::string> expected;
    nested_sort(keys, "", expected);
    std::vector<entry> entries;
    for (auto const& key : keys) entries.push_back(file(key));
    std::ranges::shuffle(entries, random);
    auto const m = manifest::create({}, std::move(entries)).value();
    std::vector<std::string> got;
    for (auto const& e : m.entries()) got.push_back(e.key.str());
    REQUIRE(got == expected);
    for (auto const& e : m.entries()) REQUIRE(m.find(e.key) == &e);
  }
}

TEST_CASE("a key stands once, and is no file and directory at once") {
  for (auto const& keys : {std::initializer_list<char const*>{"a", "b", "b"}, {"b", "a", "b"}}) {
    auto const m = of(keys);
    CHECK(m.error().code == errc::duplicate_key);
    CHECK(m.error().path == "b");
  }
  CHECK(of({"a", "a/b"}).error().code == errc::key_conflict);
  CHECK(of({"a/b/c", "z", "a-x", "a"}).error().code == errc::key_conflict);
  CHECK(of({"a/b", "a/b/c/d"}).error().code == errc::key_conflict);
  CHECK(of({"a/b", "a-", "a!", "ab"}));
}

TEST_CASE("sizes fit 63 bits, alone and together") {
  auto const most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  CHECK(manifest::create({}, {file("a", most), file("b", 0)})->total_size() == most);
  CHECK(manifest::create({}, {file("a", most + 1)}).error().code == errc::size_out_of_range);
  CHECK(manifest::create({}, {file("a", most), file("b", 1)}).error().code == errc::size_out_of_range);
  CHECK(manifest::create({}, {file("a", most), file("b", most), file("c", most)}).error().code ==
        errc::size_out_of_range);
}

TEST_CASE("an entry without size, hash or a metadata object is refused by name") {
  auto e = file("d/f");
  e.size.reset();
  CHECK(manifest::create({}, {e}).error().code == errc::missing_member);
  CHECK(manifest::create({}, {e}).error().path == "d/f");
  e = file("d/f");
  e.digests = {};
  CHECK(manifest::create({}, {e}).error().code == errc::missing_member);
  e.foreign_hash = json::object{{"type", "MD5"}, {"value", "0"}};
  CHECK(manifest::create({}, {e}));
  e.meta = json::array{};
  CHECK(manifest::create({}, {e}).error().code == errc::wrong_type);
}

TEST_CASE("directories are sorted parents first, the last of one name counts, empty ones go") {
  auto const m = of({"a/b/f"}, {directory("z", note("1")), directory("a-b", note("2")), directory("a/b", note("3")),
                                directory("a", note("4")), directory("e", json::object{}), directory("n", nullptr),
                                directory("z", note("5")), directory("q", note("6")), directory("q", nullptr)})
                     .value();
  std::string names;
  for (auto const& d : m.directories()) names += d.key.str() + " ";
  CHECK(names == "a a/b a-b z ");
  CHECK(*m.directory("z") == note("5"));
  CHECK(m.directory("q") == nullptr);
  CHECK(m.directory("b") == nullptr);
  CHECK(m == of({"a/b/f"}).value());
}

TEST_CASE("a directory with metadata is no file and lies below none") {
  CHECK(of({"a"}, {directory("a", note("1"))}).error().code == errc::key_conflict);
  CHECK(of({"a"}, {directory("a/b/c", note("1"))}).error().code == errc::key_conflict);
  CHECK(of({"a"}, {directory("a", json::object{})}).error().code == errc::key_conflict);
  CHECK(of({"a"}, {directory("b", json::array{})}).error().code == errc::wrong_type);
  CHECK(of({"a/b/c"}, {directory("a/b", note("1"))}));
}

TEST_CASE("entries are found by key and by directory") {
  auto const m = of({"a/b/c", "a/b/d", "a/x", "a-b", "b"}).value();
  CHECK(m.find("a/x")->key.str() == "a/x");
  CHECK(m.find("a") == nullptr);
  CHECK(m.find("a/b") == nullptr);
  CHECK(m.find("") == nullptr);
  CHECK(m.find("zz") == nullptr);
  CHECK(joined(m.below("a")) == "a/b/c a/b/d a/x");
  CHECK(joined(m.below("a/b")) == "a/b/c a/b/d");
  CHECK(m.below("a/b/c").empty());
  CHECK(m.below("A").empty());
  CHECK(m.below("zz").empty());
  CHECK(m.below("").size() == 5);
  CHECK(of({}).value().below("").empty());
}

TEST_CASE("copies of a manifest share its entries") {
  auto const m = of({"a"}).value();
  auto const copy = m;
  CHECK(copy.entries().data() == m.entries().data());
}

TEST_CASE("a header keeps its order, and says what is absent") {
  manifest_header h;
  CHECK_FALSE(h.message());
  CHECK(h.user_meta() == nullptr);
  h.set_message("one");
  h.set_user_meta(json::object{});
  h.set_message("two");
  CHECK(json::compact(json::value{h.members}) == R"({"version":"v0","message":"two","user_meta":{}})");
  CHECK(h.message() == "two");
  h.set_message(std::nullopt);
  h.set_user_meta(nullptr);
  CHECK(json::compact(json::value{h.members}) == R"({"version":"v0","message":null,"user_meta":null})");
  CHECK_FALSE(h.message());
  REQUIRE(h.user_meta() != nullptr);
  CHECK(h.user_meta()->is_null());
}

TEST_CASE("recorded differences between manifests are found") {
  auto const diffs = waybill_test::quilt_json("diff.json");
  for (auto const& d : *diffs.as_array()) {
    auto const read = [&d](char const* side) {
      return waybill_test::load_text(
                 waybill_test::read_file(waybill_test::vectors("quilt/" + waybill_test::text_of(d, side))))
          .value();
    };
    auto const base = read("base");
    auto const other = read("other");
    json::array added;
    json::array modified;
    json::array deleted;
    for (auto const& e : base.entries())
      if (auto const* const now = other.find(e.key); now == nullptr) deleted.emplace_back(e.key.str());
      else if (compare_entries(e, *now) != entry_change::none) modified.emplace_back(e.key.str());
    for (auto const& e : other.entries())
      if (base.find(e.key) == nullptr) added.emplace_back(e.key.str());
    auto const sorted = [](json::array list) {
      std::ranges::sort(list, {}, [](json::value const& v) { return *v.as_string(); });
      return list;
    };
    CHECK(sorted(added) == sorted(waybill_test::list_of(d, "added")));
    CHECK(sorted(modified) == sorted(waybill_test::list_of(d, "modified")));
    CHECK(sorted(deleted) == sorted(waybill_test::list_of(d, "deleted")));
  }
}
