#include <waybill/driver/snapshots/intake.hpp>

#include <string>
#include <vector>

#include <waybill/core/drain.hpp>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

namespace {

struct intake_fixture {
  temporary_directory tmp{};
  root_directory root = root_directory::open(tmp.path().string(), false).value();
  schema const columns{{{"id", "bigint", false}, {"v", "varchar(5)", true}, {"must", "double", false}}, {"id"}};
  int files = 0;

  result<std::string> take(write_mode mode, std::string const& csv, std::string const& there = {},
                           std::optional<schema> const& asked = std::nullopt) {
    std::optional<table_before> before;
    if (!there.empty()) {
      write_file_atomically((tmp.path() / "there").string(), there).value();
      before = table_before{columns, [&] { return read_rows(root, "there"); }};
    }
    write_request what{.table = "t", .mode = mode};
    what.columns = asked;
    if (there.empty() && !asked) what.primary_key = {"id"};
    memory_source from{csv};
    auto taken = take_rows(root, what, before, from);
    if (!taken) return taken.error();
    auto const key = "taken" + std::to_string(files++);
    if (auto const r = std::move(taken->rows).name(key); !r) return r.error();
    return read_file((tmp.path() / key).string());
  }
  std::string refusal(write_mode mode, std::string const& csv, std::string const& there = {},
                      std::optional<schema> const& asked = std::nullopt) {
    auto const e = failure(take(mode, csv, there, asked));
    return name_of(e.code) + " at " + e.path;
  }
};

std::string const there = "id,v,must\n1,a,1\n2,b,2\n10,c,3\n";

}  // namespace

TEST_CASE("rows come out in the order of the key and in the form of their types") {
  intake_fixture f;
  CHECK(f.take(write_mode::upsert, "id,x\n10,1.50\n9,2\n").value() == "id,x\n9,2\n10,1.5\n");
  CHECK(f.take(write_mode::upsert, "must,id,v\n1.0,007,\n", {}, f.columns).value() == "id,v,must\n7,,1\n");
  CHECK(f.take(write_mode::upsert, "id\n", {}).value() == "id\n");
}

TEST_CASE("columns that are not given stay and are NULL in new rows") {
  intake_fixture f;
  CHECK(f.take(write_mode::upsert, "id,must\n2,9\n", there).value() == "id,v,must\n1,a,1\n2,b,9\n10,c,3\n");
  CHECK(f.take(write_mode::upsert, "id,must\n3,9\n", there).value() == "id,v,must\n1,a,1\n2,b,2\n3,,9\n10,c,3\n");
  CHECK(f.take(write_mode::upsert, "id,v\n2,\n", there).value() == "id,v,must\n1,a,1\n2,,2\n10,c,3\n");
  CHECK(f.refusal(write_mode::upsert, "id,v\n3,x\n", there) == "malformed_table at line 1");
}

TEST_CASE("of rows with one key the last one counts in an upsert and none where keys must be new") {
  intake_fixture f;
  CHECK(f.take(write_mode::upsert, "id,v,must\n3,x,1\n3,y,2\n", there).value() ==
        "id,v,must\n1,a,1\n2,b,2\n3,y,2\n10,c,3\n");
  CHECK(f.refusal(write_mode::append, "id,v,must\n3,x,1\n3,y,2\n", there) == "collision at ");
  CHECK(f.refusal(write_mode::append, "id,v,must\n2,x,1\n", there) == "collision at ");
  CHECK(f.refusal(write_mode::replace, "id,v,must\n03,x,1\n3,y,2\n", there) == "collision at ");
  CHECK(f.take(write_mode::replace, "id,v,must\n3,x,1\n", there).value() == "id,v,must\n3,x,1\n");
}

TEST_CASE("a value that does not fit is refused at its place") {
  intake_fixture f;
  CHECK(f.refusal(write_mode::upsert, "id,v,must\n1,a,1\n2,longer,1\n", there) == "wrong_type at line 3, column 'v'");
  CHECK(f.refusal(write_mode::upsert, "id,v,must\nx,a,1\n", there) == "wrong_type at line 2, column 'id'");
  CHECK(f.refusal(write_mode::upsert, "id,v,must\n1,a,\n", there) == "malformed_table at line 2, column 'must'");
  CHECK(f.refusal(write_mode::upsert, "id,v,must\n,a,1\n", there) == "malformed_table at line 2, column 'id'");
  CHECK(f.refusal(write_mode::upsert, "v,must\na,1\n", there) == "malformed_table at line 1");
  CHECK(f.refusal(write_mode::upsert, "id,other\n1,1\n", there) == "malformed_table at line 1");
}

TEST_CASE("only rows that replace all others may change a schema") {
  intake_fixture f;
  schema const wider{{{"id", "bigint", false}, {"w", "longtext", true}}, {"id"}};
  CHECK(f.refusal(write_mode::upsert, "id,w\n1,x\n", there, wider) == "usage at t");
  CHECK(f.take(write_mode::replace, "id,w\n1,x\n", there, wider).value() == "id,w\n1,x\n");
  schema const other_key{{{"id", "bigint", false}, {"w", "bigint", false}}, {"w"}};
  CHECK(f.refusal(write_mode::replace, "id,w\n1,1\n", there, other_key) == "usage at t");
}
