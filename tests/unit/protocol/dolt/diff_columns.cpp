#include <waybill/protocol/dolt/diff_columns.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;
using namespace waybill_test;
using dolt::diff_columns;
using names = std::vector<std::string>;

namespace {

diff_columns of(names const& n) {
  auto const r = diff_columns::of(n);
  REQUIRE(ok(r));
  return *r;
}

}  // namespace

TEST_CASE("the columns of both sides are told from a comparison's names") {
  auto const plain =
      of({"to_id", "to_v", "to_commit", "to_commit_date", "from_id", "from_commit", "from_commit_date", "diff_type"});
  CHECK(plain.new_columns == names{"id", "v"});
  CHECK(plain.old_columns == names{"id"});
  CHECK(plain.old_at == 4);
  auto const alike = of({"to_commit", "to_commit_date", "to_x", "to_commit", "to_commit_date", "from_commit",
                         "from_commit_date", "from_x", "from_commit", "from_commit_date", "diff_type"});
  CHECK(alike.new_columns == names{"commit", "commit_date", "x"});
  CHECK(alike.old_columns == names{"commit", "commit_date", "x"});
  CHECK(alike.old_at == 5);
}

TEST_CASE("names of another form are no comparison") {
  for (names const& n : {names{}, names{"id"}, names{"to_id", "from_id", "diff_type"},
                         names{"to_id", "to_commit", "to_commit_date", "from_id", "from_commit", "from_commit_date"},
                         names{"id", "to_commit", "to_commit_date", "from_commit", "from_commit_date", "diff_type"},
                         names{"to_commit", "to_commit_date", "id", "from_commit", "from_commit_date", "diff_type"}})
    CHECK(failure(diff_columns::of(n)).code == errc::unsupported);
}

TEST_CASE("a row of a comparison is split into what was and what is") {
  auto const columns = of({"to_id", "to_v", "to_commit", "to_commit_date", "from_id", "from_w", "from_commit",
                           "from_commit_date", "diff_type"});
  table::row was, is;
  std::vector<table::cell_view> values{"1", {}, "b", "d", "1", "", "a", "d", "modified"};
  CHECK(*columns.split(values, was, is) == table::change_kind::modified);
  CHECK(was == table::row{"1", ""});
  CHECK(is == table::row{"1", {}});
  values.back() = "added";
  CHECK(*columns.split(values, was, is) == table::change_kind::added);
  CHECK(was.empty());
  CHECK(is == table::row{"1", {}});
  values.back() = "removed";
  CHECK(*columns.split(values, was, is) == table::change_kind::removed);
  CHECK(was == table::row{"1", ""});
  CHECK(is.empty());
  values.back() = "moved";
  CHECK(failure(columns.split(values, was, is)).code == errc::unsupported);
}
