#include <waybill/algebra/sorted.hpp>

#include <list>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;

namespace {

struct row {
  int id;
  std::string path;
};
struct path_of {
  std::string_view operator()(row const& r) const { return r.path; }
};

bool sorted(std::vector<std::string> const& keys) { return is_walk_sorted(keys, std::identity{}); }

}  // namespace

TEST_CASE("walk order puts a directory's contents where its bare name sorts") {
  CHECK(sorted({"a/x", "a-b", "a.txt"}));
  CHECK_FALSE(sorted({"a-b", "a/x"}));
  CHECK(sorted({"a", "a/x", "a/x/y", "a/x-", "b"}));
}

TEST_CASE("a range with a repeated key is not sorted") {
  CHECK(sorted({}));
  CHECK(sorted({"a"}));
  CHECK_FALSE(sorted({"a", "a"}));
  CHECK_FALSE(sorted({"b", "a"}));
  CHECK_FALSE(sorted({"a", "c", "b"}));
}

TEST_CASE("any forward range of any record with a projection to its key can be checked") {
  std::list<row> const rows{{2, "a/1"}, {1, "a0"}};
  CHECK(is_walk_sorted(rows, path_of{}));
  static_assert(sorted_entry_range<std::list<row>, path_of>);
  static_assert(sorted_entry_range<std::vector<entry>>);
  static_assert(!sorted_entry_range<std::vector<row>>);
}
