#include <waybill/protocol/dolt/sql_text.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using namespace std::string_literals;
using dolt::literal_kind;

namespace {

std::string literal(std::optional<std::string_view> value, literal_kind kind) {
  std::string out;
  dolt::append_literal(out, value, kind);
  return out;
}

}  // namespace

TEST_CASE("names in SQL stand in backticks which are doubled within") {
  CHECK(dolt::quoted_name("plain") == "`plain`");
  CHECK(dolt::quoted_name("a`; DROP TABLE b; --") == "`a``; DROP TABLE b; --`");
  CHECK(dolt::quoted_name("``") == "``````");
  CHECK(dolt::quoted_name("it's \"x\"") == "`it's \"x\"`");
}

TEST_CASE("texts in SQL stand on one line with every quote escaped") {
  CHECK(dolt::quoted_text("") == "''");
  CHECK(dolt::quoted_text("it's") == "'it\\'s'");
  CHECK(dolt::quoted_text("\\") == "'\\\\'");
  CHECK(dolt::quoted_text("\\'; DROP TABLE x; --") == "'\\\\\\'; DROP TABLE x; --'");
  CHECK(dolt::quoted_text("a\nb\rc\0d\x1a"s) == "'a\\nb\\rc\\0d\\Z'");
  CHECK(dolt::quoted_text("\"\u00e4\"") == "'\"\u00e4\"'");
}

TEST_CASE("values in SQL are NULL or numbers or bytes or texts") {
  CHECK(literal({}, literal_kind::text) == "NULL");
  CHECK(literal("", literal_kind::text) == "''");
  CHECK(literal("NULL", literal_kind::text) == "'NULL'");
  CHECK(literal("12", literal_kind::text) == "'12'");
  CHECK(literal("", literal_kind::bytes) == "X''");
  CHECK(literal("\0\xff'"s, literal_kind::bytes) == "X'00ff27'");
}

TEST_CASE("only a number stands without quotes in a column of numbers") {
  for (std::string const text : {"0", "-12", "+3", "1.5", "1e9", "-1.25E-300"})
    CHECK(literal(text, literal_kind::number) == text);
  for (std::string const text :
       {"", "-", "1.", ".5", "1e", "1e+", "0x10", "1 ", "1)", "1,2", "nan", "1;", "1--", "1e5x"})
    CHECK(literal(text, literal_kind::number) == "'" + text + "'");
}

TEST_CASE("truth values are taken as words and as numbers in a column of truth values") {
  for (std::string const text : {"1", "0", "-1", "true", "False", "TRUE"})
    CHECK(literal(text, literal_kind::truth) == text);
  for (std::string const text : {"yes", "", "truely", "true "})
    CHECK(literal(text, literal_kind::truth) == "'" + text + "'");
  CHECK(literal({}, literal_kind::truth) == "NULL");
  CHECK(dolt::literal_kind_of("TINYINT(1)") == literal_kind::truth);
}

TEST_CASE("a column's type says how its values are written") {
  for (auto const* type : {"int", "BIGINT", "bigint unsigned", "tinyint(4)", "tinyint", "double"})
    CHECK(dolt::literal_kind_of(type) == literal_kind::number);
  for (auto const* type : {"blob", "varbinary(20)", "LONGBLOB", "binary(4)"})
    CHECK(dolt::literal_kind_of(type) == literal_kind::bytes);
  for (auto const* type :
       {"varchar(20)", "decimal(10,2)", "json", "datetime(6)", "enum('int','blob')", "text", "float"})
    CHECK(dolt::literal_kind_of(type) == literal_kind::text);
}

TEST_CASE("what Dolt's command line would misread is not said to it") {
  for (std::string const text : {"plain", "a`b", "a\\b", "it's; \"x\"", "\u00e4", "line\nbreak"})
    CHECK(ok(dolt::check_sayable(text, "the table")));
  for (auto const& text : {"a\\"s, "a\\`b"s, "a\0b"s, "a\x1e"s, "\xff"s}) {
    auto const e = failure(dolt::check_sayable(text, "the table"));
    CHECK(e.code == errc::usage);
    CHECK(e.detail.starts_with("the table '"));
  }
}
