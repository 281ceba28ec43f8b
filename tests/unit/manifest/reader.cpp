#include <waybill/manifest/part.hpp>
#include <waybill/manifest/reader.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <optional>
#include <tuple>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"
#include "trickle.hpp"

using namespace waybill;
using waybill_test::contains;
using waybill_test::load_text;
using waybill_test::text_of;
using waybill_test::trickle;

namespace {

/// Fails after its text.
struct broken_source final : byte_source {
  explicit broken_source(std::string_view text) : source{text} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const got = source.read(buffer);
    if (!got || *got != 0) return got;
    return make_error(errc::temporary, "gone", "source");
  }
  memory_source source;
};

std::string line(std::string const& key, std::string const& meta = "{}") {
  return R"({"logical_key": ")" + key +
         R"(", "physical_keys": ["file:///x"], "size": 1, "hash": {"type": "SHA256", "value": ")" +
         std::string(64, '0') + R"("}, "meta": )" + meta + "}\n";
}

std::string const head = "{\"version\": \"v0\"}\n";

error error_of(std::string const& text) { return load_text(text).error(); }

}  // namespace

TEST_CASE("hand-written manifests load as quilt3 loads them") {
  auto const rows = waybill_test::quilt_json("load.json");
  REQUIRE(rows.as_array()->size() == 5);
  for (auto const& row : *rows.as_array()) {
    INFO(text_of(row, "name"));
    auto const m = load_text(waybill_test::read_file(waybill_test::vectors("quilt/" + text_of(row, "input"))));
    if (row.find("top_hash") == nullptr) {
      REQUIRE_FALSE(m);
      CHECK(m.error().code == (text_of(row, "name") == "l03_dup" ? errc::duplicate_key : errc::malformed_manifest));
      continue;
    }
    REQUIRE(m);
    CHECK(m->top_hash().text() == text_of(row, "top_hash"));
    CHECK(waybill_test::dump(*m) ==
          waybill_test::read_file(waybill_test::vectors("quilt/" + text_of(row, "redumped"))));
  }
}

TEST_CASE("a manifest is read the same in pieces, with carriage returns and without its last line feed") {
  auto const text = waybill_test::read_file(waybill_test::vectors("quilt/manifests/s04_meta.jsonl"));
  auto const whole = load_text(text).value();
  std::string crlf;
  for (char const c : text) crlf += c == '\n' ? std::string{"\r\n"} : std::string{c};
  for (auto const& form : {text, crlf, text.substr(0, text.size() - 1)}) {
    trickle source{form, 7};
    auto const m = load_manifest(source);
    REQUIRE(m);
    CHECK(waybill_test::dump(*m) == text);
    CHECK(*m == whole);
  }
}

TEST_CASE("the reader hands out plain lines, parsed lines and directories") {
  auto const text = head + R"({"logical_key": "d/", "meta": {"q": 1.0}})" + "\n" + line("a") +
                    line("b", R"({"user_meta": {}})") + line("c\\n");
  memory_source source{text};
  auto reader = manifest_reader::open(source).value();
  CHECK(reader.header().members.size() == 1);
  auto const* item = reader.next().value();
  CHECK(item->key == "d");
  CHECK(std::holds_alternative<directory_meta>(*item->parsed));
  item = reader.next().value();
  REQUIRE(item->plain);
  CHECK(item->key == "a");
  CHECK(std::string{item->text} + "\n" == line("a"));
  CHECK(reader.to_entry(*item)->key.str() == "a");
  item = reader.next().value();
  CHECK_FALSE(item->plain);
  CHECK(reader.to_entry(*item) == std::get<entry>(*item->parsed));
  CHECK(reader.take_entry()->key.str() == "b");
  item = reader.next().value();
  CHECK(item->key == "c\n");
  CHECK(reader.line_number() == 5);
  CHECK(reader.next().value() == nullptr);
  CHECK(reader.next().value() == nullptr);
  CHECK(reader.sorted());
}

TEST_CASE("order is checked line by line") {
  auto const read_all = [](std::string const& text) -> result<bool> {
    memory_source source{text};
    auto reader = manifest_reader::open(source).value();
    for (;;) {
      auto const item = reader.next();
      if (!item) return item.error();
      if (*item == nullptr) return reader.sorted();
    }
  };
  CHECK(read_all(head + line("a/x") + line("a-b") + line("b")).value());
  CHECK_FALSE(read_all(head + line("a-b") + line("a/x")).value());
  CHECK(read_all(head + line("b") + R"({"logical_key": "a/", "meta": {}})" + "\n" + line("c")).value());
  auto const duplicate = read_all(head + line("a") + line("a"));
  CHECK(duplicate.error().code == errc::duplicate_key);
  CHECK(duplicate.error().path == "line 3, /logical_key");
  CHECK(read_all(head + line("a") + line("a/b")).error().code == errc::key_conflict);
  CHECK(read_all(head + line("a/b") + line("a")).error().code == errc::key_conflict);
  CHECK(error_of(head + line("a") + line("b") + line("a")).code == errc::duplicate_key);
  CHECK(error_of(head + line("a") + line("b") + line("a/c")).code == errc::key_conflict);
  CHECK(error_of(head + R"({"logical_key": "a/", "meta": {"x": 1}})" + "\n" + line("a")).code == errc::key_conflict);
}

TEST_CASE("shared lines are skipped, and checked for both readers") {
  auto const directory = std::string{R"({"logical_key": "d/", "meta": {"q": 1.0}})"} + "\n";
  auto const meta = line("c", R"({"user_meta": {"x": 1}})");
  trickle left{head + directory + line("a") + line("b") + meta + line("d"), 50};
  trickle right{head + directory + line("a") + line("b") + meta + line("e"), 70};
  auto a = manifest_reader::open(left).value();
  auto b = manifest_reader::open(right).value();
  CHECK(a.skip_equal(b).value() == 3);
  CHECK(a.next().value()->key == "d");
  CHECK(b.next().value()->key == "e");
  CHECK(a.skip_equal(b).value() == 0);
  CHECK((a.sorted() && b.sorted()));
  CHECK(b.line_number() == 6);

  auto const after = [](std::string const& mine, std::string const& others, std::string const& shared) {
    trickle one{head + mine + shared, 1000};
    trickle two{head + others + shared, 1000};
    auto x = manifest_reader::open(one).value();
    auto y = manifest_reader::open(two).value();
    CHECK(x.next().value() != nullptr);
    CHECK(y.next().value() != nullptr);
    auto const skipped = x.skip_equal(y);
    return std::make_tuple(skipped ? errc{} : static_cast<errc>(skipped.error().code.value()), x.sorted(), y.sorted());
  };
  CHECK(after(line("a"), line("b"), line("c") + line("d")) == std::make_tuple(errc{}, true, true));
  CHECK(after(line("a"), line("b"), line("d") + line("c")) == std::make_tuple(errc{}, false, false));
  CHECK(after(line("z"), line("b"), line("c") + line("d")) == std::make_tuple(errc{}, false, true));
  CHECK(after(line("b"), line("z"), line("c") + line("d")) == std::make_tuple(errc{}, true, false));
  CHECK(std::get<0>(after(line("c"), line("b"), line("c"))) == errc::duplicate_key);
  CHECK(std::get<0>(after(line("b"), line("c"), line("c"))) == errc::duplicate_key);
  CHECK(std::get<0>(after(line("a"), line("b"), line("b/c"))) == errc::key_conflict);
  CHECK(std::get<0>(after(line("a"), line("b"), line("c") + line("c"))) == errc::duplicate_key);
  CHECK(std::get<0>(after(line("a"), line("b"), line("..") + line("c"))) == errc::malformed_key);
}

TEST_CASE("what is no manifest is refused with the line") {
  auto const check = [](std::string const& text, errc code, std::string const& path) {
    INFO(text);
    auto const e = error_of(text);
    CHECK(e.code == code);
    CHECK(e.path == path);
  };
  check("", errc::malformed_manifest, "line 1");
  check("\n" + head, errc::malformed_manifest, "line 1");
  check("\xef\xbb\xbf" + head, errc::malformed_manifest, "line 1");
  check(head + "\n" + line("a"), errc::malformed_manifest, "line 2");
  check(head + line("a") + "\n", errc::malformed_manifest, "line 3");
  check(head + line("a") + " \t\r\n", errc::malformed_manifest, "line 3");
  check(head + "\xef\xbb\xbf" + line("a"), errc::malformed_json, "line 2, column 1");
  check(head + line(".."), errc::malformed_key, "line 2, /logical_key");
  check(head + line("a") + line("b").substr(0, 40), errc::malformed_json, "line 3, column 41");
  check(line("a") + head, errc::missing_member, "line 2, /logical_key");
  auto unfinished = line("a");
  unfinished.replace(unfinished.find(": 1,"), 4, ": null,");
  check(head + unfinished, errc::missing_member, "a");
}

TEST_CASE("a source's errors come back, whatever was read before") {
  for (auto const& text : {std::string{}, head, head + line("a"), head + "{"}) {
    broken_source source{text};
    CHECK(load_manifest(source).error().code == errc::temporary);
  }
}

TEST_CASE("limits hold") {
  auto const text = head + line("a") + line("b");
  memory_source two{text};
  CHECK(load_manifest(two, {.max_entries = 2}));
  memory_source again{text};
  auto const many = load_manifest(again, {.max_entries = 1});
  CHECK(many.error().code == errc::too_large);
  CHECK(many.error().path == "line 3");
  memory_source narrow{text};
  CHECK(load_manifest(narrow, {.max_line = 100}).error().code == errc::too_large);
}

TEST_CASE("any damage to a manifest is an error or another manifest, never a crash") {
  auto const text = waybill_test::read_file(waybill_test::vectors("quilt/manifests/s04_meta.jsonl"));
  auto const whole = load_text(text).value();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (char const c : {'"', '\\', '\n', '{', '0', '\xff', '\x00'}) {
      auto damaged = text;
      damaged[i] = c;
      auto const m = load_text(damaged);
      refused += m ? 0 : 1;
      // Only physical keys and directory metadata lie outside the top hash.
      if (m && damaged != text && *m == whole) CHECK(waybill_test::dump(*m) != text);
    }
  }
  CHECK(refused > text.size());
}

TEST_CASE("a large manifest loads in bounded time and memory", "[.][timing]") {
  char const* const asked = std::getenv("WAYBILL_TEST_ENTRIES");
  int const count = asked != nullptr ? std::atoi(asked) : 1'000'000;
  std::string text = head;
  for (int i = 0; i < count; ++i) {
    char key[64];
    std::snprintf(key, sizeof key, "data/part-%04d/image_%07d.jpg", i / 1000, i);
    text += R"({"logical_key": ")" + std::string{key} + R"(", "physical_keys": ["s3://bucket/ns/name/)" + key +
            R"("], "size": 123456, "hash": {"type": "sha2-256-chunked", )"
            R"("value": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}, "meta": {}})" +
            "\n";
  }
  auto const resident = [] {
    std::ifstream status{"/proc/self/status"};
    for (std::string row; std::getline(status, row);)
      if (row.starts_with("VmRSS:")) return std::atol(row.c_str() + 6);
    return 0L;
  };
  auto const report = [&](char const* what, auto&& work) {
    // Processor time: other work of the machine does not count.
    auto const start = std::clock();
    work();
    auto const took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%-10s %7.1f ns/line\n", what, took * 1e9 / count);
  };
  std::printf("%d lines of %zu bytes\n", count, text.size() / static_cast<std::size_t>(count));
  report("scan", [&] {
    std::size_t plain = 0;
    for (std::size_t at = 0; at < text.size();) {
      auto const end = text.find('\n', at);
      plain += quilt::scan_plain_line(std::string_view{text}.substr(at, end - at)).has_value() ? 1 : 0;
      at = end + 1;
    }
    CHECK(plain == static_cast<std::size_t>(count));
  });
  report("stream", [&] {
    memory_source source{text};
    auto reader = manifest_reader::open(source).value();
    while (reader.next().value() != nullptr) {
    }
    CHECK(reader.sorted());
  });
  auto const before = resident();
  std::optional<manifest> m;
  report("load", [&] { m = load_text(text).value(); });
  std::printf("resident   %7ld bytes/entry\n", (resident() - before) * 1024 / count);
  report("dump", [&] { CHECK(waybill_test::dump(*m).size() == text.size()); });
}
