#include <waybill/protocol/table/value.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

std::string form(std::string_view type, std::string_view text) {
  std::string scratch;
  auto const out = canonical_value(parse_type(type).value(), text, scratch);
  if (!out) CHECK(name_of(out.error().code) == "wrong_type");
  return out ? std::string{*out} : "refused";
}

}  // namespace

TEST_CASE("equal values of a type have one form") {
  CHECK(form("bigint", "007") == "7");
  CHECK(form("bigint", "-0") == "0");
  CHECK(form("boolean", "True") == "1");
  CHECK(form("tinyint(1)", "false") == "0");
  CHECK(form("decimal(10,2)", "1.5") == "1.50");
  CHECK(form("decimal(10,2)", "-00.000") == "0.00");
  CHECK(form("decimal(10,2)", "01.5000") == "1.50");
  CHECK(form("decimal(5)", "12") == "12");
  CHECK(form("double", "1.10") == "1.1");
  CHECK(form("double", "-0.0") == "0");
  CHECK(form("double", "1e5") == "100000");
  CHECK(form("double", "100000000000000000000") == "100000000000000000000");
  CHECK(form("double", "1e21") == "1e+21");
  CHECK(form("double", "0.00001") == "1e-05");
  CHECK(form("double", "0.0001") == "0.0001");
  CHECK(form("float", "0.1") == "0.1");
  CHECK(form("datetime", "2024-01-31") == "2024-01-31 00:00:00");
  CHECK(form("datetime(6)", "2024-01-31T01:02:03.500000") == "2024-01-31 01:02:03.5");
  CHECK(form("datetime", "2024-01-31 01:02:03.000") == "2024-01-31 01:02:03");
  CHECK(form("longtext", " a ") == " a ");
  CHECK(form("longblob", "\xff") == "\xff");
  CHECK(form("json", "{\"b\": 1.0}") == "{\"b\": 1.0}");
  CHECK(form("set('a','b')", "b,a") == "b,a");
  CHECK(form("time", "-838:59:59.5") == "-838:59:59.5");
}

TEST_CASE("a value that its type would change is refused") {
  for (auto const& [type, text] :
       std::vector<std::pair<std::string, std::string>>{{"bigint", "1.0"},
                                                        {"bigint", ""},
                                                        {"bigint", "9223372036854775808"},
                                                        {"bigint", "true"},
                                                        {"bigint unsigned", "-1"},
                                                        {"tinyint", "128"},
                                                        {"tinyint", "-129"},
                                                        {"smallint unsigned", "65536"},
                                                        {"int", "2147483648"},
                                                        {"mediumint", "8388608"},
                                                        {"bit(3)", "8"},
                                                        {"decimal(4,2)", "100"},
                                                        {"decimal(4,2)", "1.234"},
                                                        {"decimal(4,2)", "1e1"},
                                                        {"double", "nan"},
                                                        {"double", "1e400"},
                                                        {"varchar(2)", "abc"},
                                                        {"varchar(2)", "\xff"},
                                                        {"varbinary(2)", "abc"},
                                                        {"char", "ab"},
                                                        {"tinytext", std::string(256, 'a')},
                                                        {"date", "2024-01-31 00:00:00"},
                                                        {"date", "31.1.2024"},
                                                        {"datetime", "2024-01-31 00:00:00.5"},
                                                        {"datetime(3)", "2024-01-31 00:00:00.1234"},
                                                        {"datetime", "2024-01-31 00:00:00Z"},
                                                        {"time", "1:2:3"},
                                                        {"time", "839:00:00"},
                                                        {"json", "{"},
                                                        {"enum('a','b')", "c"},
                                                        {"set('a','b')", "a,c"},
                                                        {"year", "2156"}}) {
    CAPTURE(type, text);
    CHECK(form(type, text) == "refused");
  }
  CHECK(form("bigint", "-9223372036854775808") == "-9223372036854775808");
  CHECK(form("tinyint", "-128") == "-128");
  CHECK(form("bit(64)", "18446744073709551615") == "18446744073709551615");
  CHECK(form("varchar(2)", "\xc3\xa4\xc3\xa4") == "\xc3\xa4\xc3\xa4");
}

TEST_CASE("numbers and times are ordered by what they say and all else by bytes") {
  auto const is_order = [](value_kind kind, std::vector<std::string> const& values) {
    for (std::size_t i = 0; i != values.size(); ++i)
      for (std::size_t j = 0; j != values.size(); ++j) {
        CAPTURE(values[i], values[j]);
        int const order = compare_values(kind, values[i], values[j]);
        CHECK((order < 0) == (i < j));
        CHECK((order > 0) == (i > j));
      }
  };
  is_order(value_kind::whole, {"", "x", "-10", "-9", "0", "9", "10", "18446744073709551615"});
  is_order(value_kind::exact,
           {"-1.5", "-1.25", "0.00", "0.5", "1.25", "1.3", "12345678901234567890.1", "12345678901234567890.2"});
  is_order(value_kind::floating, {"-1e+30", "-2", "1e-05", "0.5", "3", "1e+21"});
  is_order(value_kind::text, {"", "10", "9", "A", "a", "\xc3\xa4"});
  is_order(value_kind::time, {"-10:00:00", "-09:00:00", "00:00:00", "00:00:00.5", "9:00:00", "100:00:00"});
  CHECK(compare_values(value_kind::exact, "1.50", "01.5") == 0);
}
