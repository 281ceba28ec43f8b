#include <waybill/protocol/table/sql_type.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("a type is read whatever its case and blanks and written in one form") {
  auto const form = [](std::string_view text) { return to_text(parse_type(text).value()); };
  CHECK(form("BIGINT") == "bigint");
  CHECK(form(" Int(11)  UNSIGNED ") == "int(11) unsigned");
  CHECK(form("decimal( 10 , 2 )") == "decimal(10,2)");
  CHECK(form("decimal (65,30)") == "decimal(65,30)");
  CHECK(form("varchar(0200)") == "varchar(200)");
  CHECK(form("datetime(6)") == "datetime(6)");
  CHECK(form("ENUM('a', 'it''s','')") == "enum('a','it''s','')");
  CHECK(form("Boolean") == "boolean");
  CHECK(form("longblob") == "longblob");
  CHECK(parse_type("enum('a', 'it''s')").value().arguments == std::vector<std::string>{"a", "it's"});
}

TEST_CASE("a type says what its values are") {
  auto const kind = [](std::string_view text) { return parse_type(text).value().kind; };
  CHECK(kind("tinyint(1)") == value_kind::whole);
  CHECK(kind("bool") == value_kind::whole);
  CHECK(kind("numeric") == value_kind::exact);
  CHECK(kind("float") == value_kind::floating);
  CHECK(kind("set('a')") == value_kind::text);
  CHECK(kind("varbinary(3)") == value_kind::bytes);
  CHECK(kind("timestamp") == value_kind::datetime);
  CHECK(kind("json") == value_kind::json);
  CHECK(kind("point") == value_kind::geometry);
}

TEST_CASE("nothing but a type can stand where a type is read") {
  for (std::string const text : {"",
                                 "string",
                                 "int64",
                                 "varchar",
                                 "varchar()",
                                 "varchar(-1)",
                                 "varchar(a)",
                                 "varchar(16384)",
                                 "varchar(1,2)",
                                 "varchar(10",
                                 "varchar 10)",
                                 "decimal(66)",
                                 "decimal(0)",
                                 "decimal(2,3)",
                                 "decimal(65,31)",
                                 "decimal(1,2,3)",
                                 "double unsigned",
                                 "int signed",
                                 "int unsigned zerofill",
                                 "datetime(7)",
                                 "longtext(9)",
                                 "bigint; drop table t",
                                 "bigint) primary key",
                                 "varchar(1) collate x",
                                 "enum",
                                 "enum()",
                                 "enum('a'",
                                 "enum(a)",
                                 "enum('a' 'b')",
                                 "enum('a\\')",
                                 "enum('a\n')",
                                 "enum('a'),b int",
                                 "bigint -- x",
                                 "json null",
                                 "int\n",
                                 "999999999999"}) {
    CAPTURE(text);
    if (text == "int\n") CHECK(ok(parse_type(text)));
    else CHECK(code_of(parse_type(text)) == "wrong_type");
  }
}
