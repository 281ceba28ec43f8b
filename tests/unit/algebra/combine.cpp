#include <waybill/algebra/combine.hpp>

#include <waybill/algebra/select.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "unit/algebra/samples.hpp"

using namespace waybill;
using waybill_test::keys_of;
using waybill_test::make_directory;
using waybill_test::make_entry;
using waybill_test::make_manifest;

namespace {

manifest sample_manifest() {
  manifest_header header;
  header.set_message("all");
  std::vector<entry> entries;
  for (int i = 0; i < 37; ++i)
    entries.push_back(make_entry("d" + std::to_string(i % 4) + "/f" + std::to_string(i), std::to_string(i)));
  return manifest::create(header, entries, {make_directory("d1", R"({"k":1})"), make_directory("d2", R"({"k":2})")})
      .value();
}

}  // namespace

TEST_CASE("shards of a manifest combine to exactly that manifest, whatever their number and order") {
  auto const whole = sample_manifest();
  for (std::uint64_t count = 1; count <= 10; ++count) {
    std::vector<manifest> parts;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto const part = shard(whole.entries(), count - 1 - i, count).value();
      parts.push_back(manifest::create(whole.header(), {part.begin(), part.end()},
                                       {whole.directories().begin(), whole.directories().end()})
                          .value());
    }
    auto const combined = combine(parts);
    REQUIRE(combined.has_value());
    CHECK(combined->top_hash() == whole.top_hash());
    CHECK(waybill_test::written(*combined) == waybill_test::written(whole));
  }
}

TEST_CASE("parts that interleave are merged in walk order, an entry they share stands once") {
  std::vector<manifest> const parts{make_manifest({make_entry("a", "1"), make_entry("c", "3")}),
                                    make_manifest({make_entry("a", "1"), make_entry("b", "2"), make_entry("d", "4")})};
  CHECK(keys_of(combine(parts).value().entries()) == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("an entry with two meanings is refused and named") {
  std::vector<manifest> const content{make_manifest({make_entry("a", "1")}), make_manifest({make_entry("a", "2")})};
  auto const e = combine(content).error();
  CHECK(e.code == errc::duplicate_key);
  CHECK(e.path == "a");
  std::vector<manifest> const meta{make_manifest({make_entry("a", "1")}),
                                   make_manifest({make_entry("a", "1", R"({"user_meta":{"x":1}})")})};
  CHECK(combine(meta).error().code == errc::duplicate_key);
}

TEST_CASE("directories unite, other metadata for one of them is refused") {
  auto const part = [](std::string_view key, std::string_view content, std::string_view dir, std::string_view meta) {
    return make_manifest({make_entry(key, content)}, {make_directory(dir, meta)});
  };
  std::vector<manifest> const good{part("x/1", "1", "x", R"({"a":1,"b":2})"), part("y/1", "1", "y", R"({"a":1})"),
                                   part("x/2", "2", "x", R"({"b":2,"a":1})")};
  auto const combined = combine(good).value();
  CHECK(keys_of(combined.directories()) == std::vector<std::string>{"x", "y"});
  std::vector<manifest> const bad{part("x/1", "1", "x", R"({"a":1})"), part("x/2", "2", "x", R"({"a":2})")};
  CHECK(combine(bad).error().code == errc::duplicate_key);
  CHECK(combine(bad).error().path == "x");
}

TEST_CASE("no parts, and parts that make a name a file and a directory, are refused") {
  CHECK(combine({}).error().code == errc::usage);
  std::vector<manifest> const parts{make_manifest({make_entry("a", "1")}), make_manifest({make_entry("a/b", "1")})};
  CHECK(combine(parts).error().code == errc::key_conflict);
}
