#include <waybill/scan/placeholder.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "placing.hpp"
#include "trees.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::entries_of;
using waybill_test::entry_of;
using waybill_test::write_file;

namespace {

std::string const version = "ns/data@" + std::string(64, 'a');
waybill_test::files const dataset{{"a.txt", "alpha"}, {"d/b", "beta"}, {"z", "omega"}};

entry chunked_entry(std::string key, std::string const& bytes) {
  return entry_of(std::move(key), bytes, {algorithms::sha2_256_chunked});
}

tree_entries look(std::filesystem::path const& dir, placeholder_set const& known, stat_cache const* cache = nullptr) {
  auto const tree = scan_tree(dir.string(), {.cache = cache});
  REQUIRE(code_of(tree) == "ok");
  return waybill::entries_of(*tree, known);
}

}  // namespace

TEST_CASE("a placeholder says what it stands for and how its bytes come") {
  auto const e = chunked_entry("d/it's a \"key\"", "x");
  CHECK(placeholder_text(e, version) ==
        "waybill placeholder 1\n"
        "key: \"d/it's a \\\"key\\\"\"\n"
        "size: 1\n"
        "digest: sha2-256-chunked " +
            e.digests.strongest()->text() + "\npackage: " + version +
            "\nfetch: waybill fetch -- 'd/it'\\''s a \"key\"'\n");
}

TEST_CASE("a key of several lines stays on one and its command fetches everything") {
  auto const text = placeholder_text(chunked_entry("a\nfetch: rm -rf", "x"), version);
  CHECK(std::count(text.begin(), text.end(), '\n') == 6);
  CHECK(text.find("key: \"a\\nfetch: rm -rf\"\n") != std::string::npos);
  CHECK(text.ends_with("\nfetch: waybill fetch\n"));
}

TEST_CASE("the longest key that can be placed has a placeholder of the allowed size") {
  std::string key;
  for (int i = 0; i < 16; ++i) key += std::string(254, '\'') + (i % 2 ? "/" : "\x01/");
  key.resize(4095, '\x01');
  CHECK(placeholder_text(chunked_entry(key, "x"), version).size() <= largest_placeholder);
  CHECK(placeholder_text(chunked_entry(std::string(4095, '\''), "x"), version).size() <= largest_placeholder);
}

TEST_CASE("a file counts as a placeholder only with exactly its own bytes under its own key") {
  auto const entries = entries_of(dataset);
  placeholder_set const known{entries, version};
  auto const text = placeholder_text(entries[1], version);
  CHECK(known.standing_for("d/b", as_bytes(text)) == &entries[1]);
  CHECK(known.has_size("d/b", text.size()));
  CHECK_FALSE(known.has_size("d/b", text.size() + 1));
  CHECK_FALSE(known.has_size("d", text.size()));
  CHECK(known.standing_for("z", as_bytes(text)) == nullptr);
  CHECK(known.standing_for("d/c", as_bytes(text)) == nullptr);
  for (auto const& other : {text + "\n", text.substr(0, text.size() - 1), "x" + text, std::string{},
                            placeholder_text(entries[1], "ns/data@" + std::string(64, 'b'))})
    CHECK(known.standing_for("d/b", as_bytes(other)) == nullptr);
  CHECK(placeholder_set{}.standing_for("d/b", as_bytes(text)) == nullptr);
  CHECK(placeholder_set{}.empty());
}

TEST_CASE("entries without a size or a digest have no placeholders") {
  auto entries = entries_of(dataset);
  auto const text = placeholder_text(entries[1], version);
  entries[1].digests = {};
  entries[2].size.reset();
  placeholder_set const known{entries, version};
  CHECK(known.standing_for("d/b", as_bytes(text)) == nullptr);
  CHECK_FALSE(known.has_size("z", text.size()));
}

TEST_CASE("a scanned placeholder is the entry it stands for in that entry's place") {
  waybill_test::temporary_directory const dir;
  auto entries = entries_of(dataset);
  entries[0].places = {physical_key::file("/elsewhere/a")};
  entries[0].meta = json::object{{"user_meta", json::object{}}};
  placeholder_set const known{entries, version};
  write_file(dir / "a.txt", placeholder_text(entries[0], version));
  write_file(dir / "d/b", "edited");
  write_file(dir / "z", placeholder_text(entries[1], version));            // of another key
  write_file(dir / "new", std::string{placeholder_mark} + "something\n");  // damaged
  write_file(dir / "text", "a waybill placeholder 1\n");
  auto const found = look(dir.path(), known);
  CHECK(found.placeholders == 1);
  CHECK(found.strange == std::vector<std::string>{"new", "z"});
  REQUIRE(found.entries.size() == 5);
  auto expected = entries[0];
  expected.meta = json::object{};  // what the next version's entry has is taken over from the version before
  CHECK(found.entries[0] == expected);
  CHECK(found.entries[1].size == 6);
  CHECK(found.entries[4].size == placeholder_text(entries[1], version).size());
}

TEST_CASE("what looks like a placeholder is found in every scan, however many hashers and workers it has") {
  waybill_test::temporary_directory const dir;
  auto const mark = std::string{placeholder_mark};
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    auto const name = "f" + std::to_string(100 + i);
    write_file(dir / name, i % 3 == 0 ? mark + std::to_string(i) : std::to_string(i) + mark);
    if (i % 3 == 0) expected.push_back(name);
  }
  write_file(dir / "large", mark + std::string(largest_placeholder, 'x'));
  write_file(dir / "none", "");
  for (auto const& algorithms : {std::vector<algorithm>{algorithms::sha2_256_chunked},
                                 std::vector<algorithm>{algorithms::sha256, algorithms::sha2_256_chunked}})
    for (unsigned const workers : {1U, 4U}) {
      auto const tree = scan_tree(dir.path().string(), {.algorithms = algorithms}, {.workers = workers});
      REQUIRE(code_of(tree) == "ok");
      CHECK(waybill::entries_of(*tree, {}).strange == expected);
    }
}

TEST_CASE("what looks like a placeholder is not kept in a stat cache, so that no scan takes it for data") {
  waybill_test::temporary_directory const dir;
  write_file(dir / "tree/data", "data");
  write_file(dir / "tree/place", std::string{placeholder_mark});
  auto const first = scan_tree((dir / "tree").string());
  REQUIRE(code_of(first) == "ok");
  REQUIRE(save_stat_cache(*first, (dir / "cache").string(), waybill_test::now_ns() + 60'000'000'000));
  auto const cache = stat_cache::load((dir / "cache").string(), first->root(), first->algorithms());
  CHECK(cache.size() == 1);
  CHECK(look(dir / "tree", {}, &cache).strange == std::vector<std::string>{"place"});
}
