#include <waybill/protocol/table/csv.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"
#include "unit/manifest/trickle.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

using rows = std::vector<std::vector<std::optional<std::string>>>;

result<rows> read_rows(byte_source& from, csv_limits limits = {}) {
  csv_reader reader{from, limits};
  rows out;
  for (;;) {
    auto const row = reader.next();
    if (!row) return row.error();
    if (!*row) return out;
    auto& added = out.emplace_back();
    for (auto const& cell : **row) added.push_back(cell ? std::optional{std::string{*cell}} : std::nullopt);
  }
}

result<rows> read_rows(std::string_view text, csv_limits limits = {}) {
  memory_source from{text};
  return read_rows(from, limits);
}

std::string refusal(std::string_view text, csv_limits limits = {}) {
  auto const e = failure(read_rows(text, limits));
  return name_of(e.code) + " at " + e.path;
}

std::string written(rows const& all) {
  std::string out;
  for (auto const& row : all) append_csv_row(out, std::vector<cell_view>(row.begin(), row.end()));
  return out;
}

}  // namespace

TEST_CASE("an empty field is NULL and an empty text stands between quotes") {
  CHECK(read_rows("a,,\"\"\n").value() == rows{{"a", std::nullopt, ""}});
  CHECK(written({{"a", std::nullopt, ""}}) == "a,,\"\"\n");
  CHECK(read_rows("\n\n").value() == rows{{std::nullopt}, {std::nullopt}});
  CHECK(read_rows(",").value() == rows{{std::nullopt, std::nullopt}});
}

TEST_CASE("lines end in a line feed with or without a carriage return and the last one in nothing") {
  rows const expected{{"a", "b"}, {"c", "d"}};
  for (auto const* text : {"a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\nc,d", "a,b\r\nc,d\r", "\"a\",b\r\n\"c\",\"d\"\r",
                           "\xef\xbb\xbf"
                           "a,b\nc,d\n"}) {
    CAPTURE(text);
    CHECK(read_rows(text).value() == expected);
  }
  CHECK(read_rows("").value().empty());
  CHECK(read_rows("\xef\xbb\xbf").value().empty());
  CHECK(read_rows("a\rb,\rc\n").value() == rows{{"a\rb", "\rc"}});
}

TEST_CASE("a line's end is one wherever the buffer ends") {
  rows expected;
  std::string text;
  for (int i = 0; i < 20; ++i) {
    expected.push_back({"a\rb", "\"", "c"});
    text += "a\rb,\"\"\"\",c\r\n";
  }
  for (std::size_t room = 13; room < 40; ++room) {
    CAPTURE(room);
    CHECK(read_rows(text, {.max_field = 9, .max_row = room, .max_columns = 9}).value() == expected);
  }
}

TEST_CASE("between quotes every byte is data and a quote is doubled") {
  CHECK(read_rows("\"a,\"\"b\"\"\r\nc\",\"\"\"\"\n").value() == rows{{"a,\"b\"\r\nc", "\""}});
  std::string const bytes{"\0\xff\xfe,\n\"", 6};
  CHECK(read_rows(written({{bytes, "x"}})).value() == rows{{bytes, "x"}});
  CHECK(read_rows("\xff,\x80\n").value() == rows{{"\xff", "\x80"}});
}

// Expected: what Dolt 1.83.2 writes of these values.
TEST_CASE("values are quoted as Dolt quotes them") {
  CHECK(written({{" a", "a ", "\\.", "\\n", "\t", "\xc2\xa0x", "\xe2\x80\xafx", "\xc3\xa9", "\x80"}}) ==
        "\" a\",a ,\"\\.\",\\n,\"\t\",\"\xc2\xa0x\",\"\xe2\x80\xafx\",\xc3\xa9,\x80\n");
  CHECK(written({{"a\"b", "c\nd", "e\rf", "g,h"}}) == "\"a\"\"b\",\"c\nd\",\"e\rf\",\"g,h\"\n");
}

TEST_CASE("what is no CSV is refused where it stands") {
  CHECK(refusal("a,b\nc,d\"e\n") == "malformed_table at line 2, column 4");
  CHECK(refusal("a\n\"x\ny\",\"b\"c\n") == "malformed_table at line 3, column 7");
  CHECK(refusal("\"b\"\rc\n") == "malformed_table at line 1, column 4");
  CHECK(refusal("\"b\"\"\n") == "malformed_table at line 1, column 1");
  CHECK(refusal("a\nb,\"c\n\n") == "malformed_table at line 2, column 3");
  CHECK(refusal("abc,abcd", {.max_field = 3, .max_row = 100, .max_columns = 9}) == "too_large at line 1, column 5");
  CHECK(refusal("a,\"bcde\"", {.max_field = 3, .max_row = 100, .max_columns = 9}) == "too_large at line 1, column 4");
  CHECK(refusal("a,b,c\n", {.max_field = 3, .max_row = 100, .max_columns = 2}) == "too_large at line 1, column 5");
  CHECK(refusal("a\nbcdefghij\n", {.max_field = 99, .max_row = 8, .max_columns = 2}) ==
        "too_large at line 2, column 1");
}

TEST_CASE("a row says on which line it began") {
  memory_source from{std::string_view{"h\n\"a\nb\nc\"\nd\n"}};
  csv_reader reader{from};
  std::vector<std::uint64_t> lines;
  while (reader.next().value()) lines.push_back(reader.line());
  CHECK(lines == std::vector<std::uint64_t>{1, 2, 5});
}

TEST_CASE("a value longer than the buffer is read whole from a source that gives little at a time") {
  std::string const large = std::string(700'000, 'x') + "\"" + std::string(700'000, 'y');
  trickle from{"1," + written({{large}}) + "2,b\n", 65'536};
  CHECK(read_rows(from).value() == rows{{"1", large}, {"2", "b"}});
}

TEST_CASE("rows of any bytes are the same after they were written and read again") {
  std::mt19937 random{20'261'126};
  auto const below = [&](unsigned n) { return random() % n; };
  std::string const alphabet{"ab,\"\n\r \\.\0\xef\xbb\xbf\xff", 14};
  for (int round = 0; round < 400; ++round) {
    rows all(below(30));
    auto const width = 1 + below(5);
    for (auto& row : all)
      for (unsigned i = 0; i < width; ++i) {
        std::string text(below(6), ' ');
        for (char& c : text) c = alphabet[below(static_cast<unsigned>(alphabet.size()))];
        row.push_back(below(5) == 0 ? std::nullopt : std::optional{text});
      }
    trickle from{written(all), 1 + below(40)};
    CAPTURE(from.text);
    REQUIRE(read_rows(from).value() == all);
    // A buffer that is full all the time ends at every place a row has.
    REQUIRE(read_rows(from.text, {.max_field = 100, .max_row = 100, .max_columns = 9}).value() == all);
  }
}

TEST_CASE("a writer hands on everything in the end") {
  string_sink sink;
  csv_writer writer{sink};
  std::vector<std::string> const names{"id", "a b"};
  REQUIRE(ok(writer.write_names(names)));
  std::string expected = "id,a b\n";
  for (int i = 0; i < 50'000; ++i) {
    auto const text = std::to_string(i);
    REQUIRE(writer.write(std::vector<cell_view>{text, std::nullopt}).has_value());
    expected += text + ",\n";
  }
  REQUIRE(ok(writer.flush()));
  CHECK(sink.str() == expected);
}
