#include <waybill/manifest/part.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::code_of;
using waybill_test::failure;

namespace {

std::string const head = "{\"version\": \"v0\"}\n";

std::string line(std::string const& key, std::string const& size = "1") {
  return R"({"logical_key": ")" + key + R"(", "physical_keys": ["file:///x"], "size": )" + size +
         R"(, "hash": {"type": "SHA256", "value": ")" + std::string(64, '0') + R"("}, "meta": {}})" + "\n";
}

/// A manifest whose lines are read in parts, each by a reader of its own.
result<manifest> load_parts(std::vector<std::string> const& texts, read_limits limits = {}) {
  manifest_assembly all{manifest_header{}, limits};
  std::size_t lines_before = 1;
  for (auto const& text : texts) {
    memory_source source{std::string_view{text}};
    auto reader = manifest_reader::behind(source, lines_before, limits);
    manifest_part part;
    auto const more = part.read(reader, 1000);
    if (!more) return more.error();
    CHECK_FALSE(*more);
    if (auto const added = all.add(std::move(part)); !added) return added.error();
    lines_before = reader.line_number();
  }
  return all.finish();
}

}  // namespace

TEST_CASE("parts of a manifest make the manifest, wherever it is cut") {
  std::vector<std::string> const lines{line("a"),
                                       R"({"logical_key": "d/", "meta": {"user_meta": {"x": 1}}})"
                                       "\n",
                                       line("d/e"), line("f"), line("g")};
  std::string all;
  for (auto const& l : lines) all += l;
  auto const whole = waybill_test::load_text(head + all).value();
  for (std::size_t first = 0; first <= lines.size(); ++first)
    for (std::size_t second = first; second <= lines.size(); ++second) {
      std::vector<std::string> parts(3);
      for (std::size_t i = 0; i < lines.size(); ++i) parts[i < first ? 0 : i < second ? 1 : 2] += lines[i];
      auto const m = load_parts(parts);
      REQUIRE(waybill_test::ok(m));
      CHECK(*m == whole);
      CHECK(waybill_test::dump(*m) == waybill_test::dump(whole));
      CHECK(m->total_size() == 4);
    }
}

TEST_CASE("parts out of walk order are sorted, within them and between them") {
  auto const whole = waybill_test::load_text(head + line("a") + line("b") + line("c")).value();
  for (auto const& parts :
       {std::vector{line("c"), line("a") + line("b")}, std::vector{line("a"), line("c") + line("b")},
        std::vector{line("b") + line("a"), line("c")}}) {
    auto const m = load_parts(parts);
    REQUIRE(waybill_test::ok(m));
    CHECK(*m == whole);
    CHECK(waybill_test::dump(*m) == waybill_test::dump(whole));
  }
}

TEST_CASE("what is wrong between two parts is said with the line") {
  auto const check = [](std::vector<std::string> const& parts, errc code, std::string const& path) {
    auto const e = failure(load_parts(parts));
    CHECK(e.code == code);
    CHECK(e.path == path);
  };
  check({line("a") + line("b"), line("b")}, errc::duplicate_key, "line 4, /logical_key");
  check({line("a"), line("a/b")}, errc::key_conflict, "line 3, /logical_key");
  check({line("a"), "", "\n"}, errc::malformed_manifest, "line 3");
  // Not neighbours: found when all is there.
  check({line("b"), line("c"), line("b")}, errc::duplicate_key, "b");
  check({line("a"), line("b"),
         R"({"logical_key": "a/", "meta": {"user_meta": {"x": 1}}})"
         "\n"},
        errc::key_conflict, "a/");
}

TEST_CASE("sizes and entries are counted across parts") {
  auto const largest = std::string{"9223372036854775807"};
  CHECK(load_parts({line("a", largest)}));
  CHECK(code_of(load_parts({line("a", largest), line("b", "1")})) == "size_out_of_range");
  CHECK(load_parts({line("a"), line("b")}, {.max_entries = 2}));
  CHECK(code_of(load_parts({line("a"), line("b")}, {.max_entries = 1})) == "too_large");
}

TEST_CASE("a part takes no more lines than it is told to") {
  auto const text = line("a") + line("b") + line("c");
  memory_source source{std::string_view{text}};
  auto reader = manifest_reader::behind(source, 1);
  manifest_part two;
  CHECK(two.read(reader, 2).value());
  CHECK(two.entries.size() == 2);
  CHECK(two.line == 2);
  manifest_part rest;
  CHECK_FALSE(rest.read(reader, 2).value());
  CHECK(rest.entries.size() == 1);
  CHECK(rest.line == 4);
}
