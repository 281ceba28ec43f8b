#pragma once

#include <string>
#include <vector>

#include "calls.hpp"

namespace waybill_test {

inline void contract_of_comparisons(table_opener const& open) {
  table_calls const db{open};
  using waybill::table::write_mode;
  waybill::table::write_request what{.table = "compared", .primary_key = {"id"}, .writer = "F/c"};
  what.columns =
      waybill::table::schema{{{"id", "bigint", false}, {"v", "varchar(20)", true}, {"w", "varchar(20)", true}}, {"id"}};
  db.write(what, "id,v,w\n-3,a,x\n1,b,\n2,c,\"\"\n10,d,y\n9,e,z\n");
  auto const before = db.commit_cleanly("F/c", "compared");
  what.mode = write_mode::replace;
  db.write(what, "id,v,w\n1,b,\"\"\n2,c,\"\"\n9,\"e\n\"\"e\"\"\",z\n10,d,y\n11,new,\n");
  auto const after = db.commit_cleanly("F/c", "compared");
  CHECK(db.changes("compared", before, after) ==
        std::vector<std::string>{"- -3,a,x", "~ 1,b,NULL -> 1,b,", "~ 9,e,z -> 9,e\n\"e\",z", "+ 11,new,NULL"});
  CHECK(db.changes("compared", after, before) ==
        std::vector<std::string>{"+ -3,a,x", "~ 1,b, -> 1,b,NULL", "~ 9,e\n\"e\",z -> 9,e,z", "- 11,new,NULL"});
  CHECK(db.changes("compared", after, after).empty());
  auto const stopped = db->diff("compared", before, after, [](auto const&) -> waybill::result<void> {
    return waybill::make_error(waybill::errc::interrupted, "enough");
  });
  CHECK(code_of(stopped) == "interrupted");
  CHECK(code_of(db->diff("compared", before, "nothing_such", [](auto const&) { return waybill::result<void>{}; })) ==
        "version_not_found");
  CHECK(code_of(db->diff("nothing_such", before, after, [](auto const&) { return waybill::result<void>{}; })) ==
        "object_not_found");
  // A table that one side does not have yet is all new.
  db.write("compared_later", "F/c", "id\n1\n");
  auto const later = db.commit_cleanly("F/c", "compared_later");
  CHECK(db.changes("compared_later", after, later) == std::vector<std::string>{"+ 1"});
}

}  // namespace waybill_test
