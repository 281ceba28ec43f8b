#pragma once

#include <string>

#include "calls.hpp"

namespace waybill_test {

inline void contract_of_values(table_opener const& open) {
  table_calls const db{open};
  waybill::table::schema const columns{{{"id", "bigint", false},
                                        {"t", "varchar(200)", true},
                                        {"d", "double", true},
                                        {"m", "decimal(20,4)", true},
                                        {"at", "datetime(6)", true},
                                        {"b", "longblob", true}},
                                       {"id"}};
  // NULL and the empty text; what CSV and SQL quote; bytes that are no text.
  std::string const rows =
      "id,t,d,m,at,b\n"
      "-9223372036854775808,,,,,\n"
      "1,\"\",0,0.0000,2026-01-02 03:04:05.678901,\"\"\n"
      "2,\"a,b\",-1.5,-1234567890123456.7891,1999-12-31 23:59:59,plain\n"
      "3,\"say \"\"hi\"\"\",1234.5,1.0000,2000-01-01 00:00:00,\"two\nlines\"\n"
      "4,it's; DROP TABLE x; -- \\n \\' `t`,1e+300,1.0000,2000-01-01 00:00:00,\xff\xfe\x80\n"
      "5,\"line one\nline two\r\nDELIMITER //\",0.1,1.0000,2000-01-01 00:00:00,back\\slash'\n"
      "6,\u00e4\u20ac\U0001f600 \u0416,5e-324,1.0000,2000-01-01 00:00:00,\u0001\n"
      "9223372036854775807,NULL,1,1.0000,2000-01-01 00:00:00,NULL\n";
  db.write({.table = "values", .primary_key = {"id"}, .columns = columns, .writer = "F/values"}, rows);
  CHECK(db.read("values", "F/values") == rows);
  auto const commit = db.commit_cleanly("F/values", "values");
  CHECK(db.read("values") == rows);
  auto const first = db.read_both({.table = "values", .as_of = commit}).second;
  // What was read can be written again, and is the same then.
  db.write({.table = "values", .primary_key = {"id"}, .mode = waybill::table::write_mode::replace, .writer = "F/again"},
           rows);
  CHECK(db.read("values", "F/again") == rows);
  CHECK(db.read_both({.table = "values", .writer = "F/again"}).second.hash == first.hash);
}

inline void contract_of_unusual_names(table_opener const& open) {
  table_calls const db{open};
  std::string const column = "a `b` \"c\" 'd' ; \\ \u00e9";
  std::string const csv = "id,\"a `b` \"\"c\"\" 'd' ; \\ \u00e9\"\n1,x\n";
  for (std::string const table : {"it's; drop", "back`tick", "quo\"te", "back\\slash", "select", "\u00fcber"}) {
    INFO(table);
    db.write(table, "F/na mes", csv);
    CHECK(db.read(table, "F/na mes") == csv);
    auto const commit = db.commit_cleanly("F/na mes", table);
    CHECK(db.read_at(table, commit) == csv);
  }
  // Writers whose names differ little are different ones.
  db.write("writers", "n/1", "id\n1\n");
  db.write("writers", "N/1", "id\n2\n");
  db.write("writers", "N//1", "id\n3\n");
  db.write("writers", "../~^:?*[\\ @{.lock", "id\n4\n");
  CHECK(db.read("writers", "n/1") == "id\n1\n");
  CHECK(db.read("writers", "N/1") == "id\n2\n");
  CHECK(db.read("writers", "N//1") == "id\n3\n");
  CHECK(db.read("writers", "../~^:?*[\\ @{.lock") == "id\n4\n");
}

}  // namespace waybill_test
