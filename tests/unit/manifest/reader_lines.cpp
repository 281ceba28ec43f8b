#include <waybill/manifest/reader.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"
#include "trickle.hpp"

using namespace waybill;
using waybill_test::trickle;

namespace {

std::vector<std::string> lines_of(byte_source& source, std::size_t max_line = 1 << 20) {
  line_reader lines{source, max_line};
  std::vector<std::string> out;
  for (std::string_view l; lines.next(l).value();) {
    out.emplace_back(l);
    CHECK(lines.number() == out.size());
  }
  return out;
}

}  // namespace

TEST_CASE("lines end with a line feed, with or without carriage return, or with the text") {
  std::string const long_one(200'000, 'x');
  for (std::size_t const step : {1UL, 3UL, 65536UL, 1UL << 20}) {
    trickle source{"a\n\nb\r\n" + long_one + "\n\r\nlast", step};
    auto const lines = lines_of(source);
    bool const same = lines == std::vector<std::string>{"a", "", "b", long_one, "", "last"};
    CHECK(same);
  }
  memory_source empty{std::string_view{}};
  CHECK(lines_of(empty).empty());
  memory_source ended{std::string_view{"a\n"}};
  CHECK(lines_of(ended) == std::vector<std::string>{"a"});
}

TEST_CASE("a line is as long as the limit and no longer") {
  for (std::size_t const step : {1UL, 1UL << 20}) {
    trickle exact{"abcd\nabcd\r\nabcd", step};
    CHECK(lines_of(exact, 4).size() == 3);
    for (auto const* text : {"abcde\n", "abcde\r\n", "abcde", "abcdefghijkl\n"}) {
      trickle longer{text, step};
      line_reader lines{longer, 4};
      std::string_view l;
      auto const got = lines.next(l);
      REQUIRE_FALSE(got);
      CHECK(got.error().code == errc::too_large);
      CHECK(got.error().path == "line 1");
    }
  }
}

TEST_CASE("a line beyond the limit is not gathered in memory") {
  struct endless final : byte_source {
    result<std::size_t> read(std::span<std::byte> buffer) override {
      std::ranges::fill(buffer, std::byte{'x'});
      given += buffer.size();
      return buffer.size();
    }
    std::size_t given = 0;
  } source;
  line_reader lines{source, 1 << 20};
  std::string_view l;
  CHECK(lines.next(l).error().code == errc::too_large);
  CHECK(source.given <= std::size_t{4} << 20);
}

TEST_CASE("two line readers move together as far as their lines are the same, ends included") {
  for (std::size_t const step : {1UL, 3UL, 1UL << 20}) {
    trickle left{"a\nbc\r\nd\nlast", step};
    trickle right{"a\nbc\r\ndifferent\nlast", step};
    line_reader a{left, 100};
    line_reader b{right, 100};
    std::string_view l;
    CHECK(a.next_if_equal(b, l).value());
    CHECK(l == "a");
    CHECK(a.next_if_equal(b, l).value());
    CHECK(l == "bc");
    CHECK_FALSE(a.next_if_equal(b, l).value());
    CHECK(a.next(l).value());
    CHECK(l == "d");
    CHECK(b.next(l).value());
    CHECK(l == "different");
    // Without its end a line may go on; `next` says that it does not.
    CHECK_FALSE(a.next_if_equal(b, l).value());
    CHECK(a.next(l).value());
    CHECK(l == "last");
    CHECK(a.number() == 4);
    CHECK(b.number() == 3);
  }
  trickle left{"abcdef\n", 100};
  trickle right{"abcdef\n", 100};
  line_reader a{left, 5};
  line_reader b{right, 100};
  std::string_view l;
  CHECK_FALSE(a.next_if_equal(b, l).value());
  CHECK(a.next(l).error().code == errc::too_large);
  CHECK(b.next(l).value());
}
