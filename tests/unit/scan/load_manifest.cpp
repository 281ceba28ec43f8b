#include <waybill/scan/load_manifest.hpp>

#include <waybill/manifest/part.hpp>

#include <cstdio>
#include <stop_token>
#include <string>

#include "support/catch.hpp"
#include "support/quilt_cases.hpp"
#include "support/results.hpp"

using namespace waybill;
using waybill_test::failure;

namespace {

std::string const head = "{\"version\": \"v0\"}\n";

std::string key_of_number(int i) {
  char text[32];
  std::snprintf(text, sizeof text, "d%02d/f%05d", i / 1000, i);
  return text;
}

std::string line(std::string const& key, std::string const& meta = "{}") {
  return R"({"logical_key": ")" + key +
         R"(", "physical_keys": ["file:///x"], "size": 1, "hash": {"type": "SHA256", "value": ")" +
         std::string(64, '0') + R"("}, "meta": )" + meta + "}\n";
}

/// Several pieces of text.
std::string lines(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += line(key_of_number(i), i % 100 == 0 ? R"({"user_meta": {"n": 1.5}})" : "{}");
  return out;
}

/// Gives its text in reads of changing size, then fails or ends.
struct uneven_source final : byte_source {
  explicit uneven_source(std::string_view text, bool breaks = false) : source{text}, fails{breaks} {}
  result<std::size_t> read(std::span<std::byte> buffer) override {
    step = (step * 7 + 3) % 100'003;
    auto const got = source.read(buffer.first(std::min(buffer.size(), step + 1)));
    if (fails && got && *got == 0) return make_error(errc::temporary, "gone", "source");
    return got;
  }
  memory_source source;
  std::size_t step = 5;
  bool fails;
};

result<manifest> load(std::string const& text, unsigned workers = 3, read_limits limits = {}) {
  uneven_source source{text};
  return load_manifest(source, {.workers = workers}, limits);
}

error one_by_one(std::string const& text) {
  memory_source source{std::string_view{text}};
  return failure(load_manifest(source));
}

}  // namespace

TEST_CASE("several threads load the manifest that one loads") {
  for (int const count : {0, 1, 100, 9000}) {
    auto const text = head + lines(count);
    memory_source source{std::string_view{text}};
    auto const whole = load_manifest(source).value();
    for (unsigned const workers : {1U, 2U, 5U}) {
      auto const m = load(text, workers);
      REQUIRE(waybill_test::ok(m));
      CHECK(*m == whole);
      CHECK(m->entries().size() == static_cast<std::size_t>(count));
      CHECK(waybill_test::dump(*m) == text);
    }
    if (count == 0) continue;
    CHECK(load(text.substr(0, text.size() - 1)).value() == whole);
    std::string crlf;
    for (char const c : text) crlf += c == '\n' ? std::string{"\r\n"} : std::string{c};
    CHECK(load(crlf).value() == whole);
  }
}

TEST_CASE("a large manifest out of order is sorted") {
  auto const sorted = load(head + lines(9000)).value();
  std::string text = head + line("z");
  CHECK(load(text + lines(9000)).value() == load(head + lines(9000) + line("z")).value());
  CHECK(load(head + lines(9000)).value() == sorted);
}

TEST_CASE("the error of a large manifest is the first one, with its line, whoever finds it") {
  auto const bad = [](std::string const& at_6000, std::string const& at_8000) {
    return head + lines(6000) + at_6000 + line("e/x") + at_8000 + line("f/x");
  };
  for (auto const& text :
       {bad("{\n", ""), bad("\n", "{\n"), bad(line(".."), "\n"), bad(line(key_of_number(5999)), "{\n"), bad("", "\n"),
        bad(line("d05"), ""), lines(9000) + head, std::string{}, bad("{", "")}) {
    auto const expected = one_by_one(text);
    for (int i = 0; i < 5; ++i) {
      auto const e = failure(load(text));
      CHECK(e.code == expected.code);
      CHECK(e.path == expected.path);
    }
  }
  // The first error is in a piece that takes long to read.
  std::string slow = head + lines(100);
  for (int i = 0; i < 2000; ++i)
    slow += line("slow/" + key_of_number(i), R"({"user_meta": {"a": [1, 2, {"b": "\u0041"}]}})");
  slow += "{\n" + lines(2000) + "\n";
  for (int i = 0; i < 20; ++i) CHECK(failure(load(slow)).path == one_by_one(slow).path);
}

TEST_CASE("a source that breaks in the middle of a large manifest says so") {
  auto const text = head + lines(9000);
  for (auto const length : {std::size_t{0}, std::size_t{10}, std::size_t{300'000}, text.size() - 5, text.size()}) {
    uneven_source source{std::string_view{text}.substr(0, length), true};
    CHECK(failure(load_manifest(source, {.workers = 3})).code == errc::temporary);
  }
}

TEST_CASE("limits hold in every piece and over all") {
  auto const text = head + lines(9000);
  CHECK(load(text, 3, {.max_entries = 9000}));
  CHECK(failure(load(text, 3, {.max_entries = 8999})).code == errc::too_large);
  auto const longest = line("e", R"({"user_meta": {"x": ")" + std::string(600'000, 'x') + R"("}})");
  CHECK(load(text + longest).value().entries().size() == 9001);
  auto const e = failure(load(text + longest, 3, {.max_line = 500'000}));
  CHECK(e.code == errc::too_large);
  CHECK(e.path == "line 9002");
}

TEST_CASE("loading a large manifest stops on request") {
  auto const text = head + lines(9000);
  std::stop_source stop;
  stop.request_stop();
  memory_source source{std::string_view{text}};
  CHECK(failure(load_manifest(source, {.workers = 2, .stop = stop.get_token()})).code == errc::interrupted);
}
