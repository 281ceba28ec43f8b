#include <waybill/protocol/dolt/insert.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace waybill;
using namespace std::string_literals;

namespace {

dolt::table_form const form{
    "t`s", {{{"id", "bigint", false}, {"k", "varchar(9)", false}, {"v", "blob", true}}, {"id", "k"}}, false};

std::string said(dolt::table_form const& into, std::vector<std::string> const& columns, bool over,
                 std::vector<std::vector<table::cell_view>> const& rows) {
  dolt::insert_text text{into, columns, over};
  for (auto const& r : rows) CHECK_FALSE(text.add(r));
  return text.take();
}

}  // namespace

TEST_CASE("rows are appended as one statement with each value as its column wants it") {
  CHECK(said(form, {"v", "id", "k"}, false, {{"\xff", "1", "it's"}, {{}, "x", ""}}) ==
        "INSERT INTO `t``s` (`v`,`id`,`k`) VALUES (X'ff',1,'it\\'s'),(NULL,'x','') /* waybill */\x1e\n");
  CHECK(said(form, {"id", "k"}, false, {}).empty());
}

TEST_CASE("rows over known keys set the columns that are given") {
  CHECK(said(form, {"id", "k", "v"}, true, {{"1", "a", {}}}) ==
        "INSERT INTO `t``s` (`id`,`k`,`v`) VALUES (1,'a',NULL) ON DUPLICATE KEY UPDATE `v`=VALUES(`v`) /* waybill "
        "*/\x1e\n");
  CHECK(said(form, {"id", "k"}, true, {{"1", "a"}}) ==
        "INSERT INTO `t``s` (`id`,`k`) VALUES (1,'a') ON DUPLICATE KEY UPDATE `id`=VALUES(`id`),`k`=VALUES(`k`) /* "
        "waybill */\x1e\n");
}

TEST_CASE("where more than the primary key is unique old rows are deleted first") {
  auto unique = form;
  unique.more_unique_keys = true;
  CHECK(said(unique, {"v", "k", "id"}, true, {{"x", "a", "1"}, {"y", "b", "2"}}) ==
        "DELETE FROM `t``s` WHERE (`id`,`k`) IN ((1,'a'),(2,'b')) /* waybill */\x1e\n"
        "INSERT INTO `t``s` (`v`,`k`,`id`) VALUES (X'78','a',1),(X'79','b',2) /* waybill */\x1e\n");
  CHECK(said(unique, {"id", "k"}, false, {{"1", "a"}}) ==
        "INSERT INTO `t``s` (`id`,`k`) VALUES (1,'a') /* waybill */\x1e\n");
}

TEST_CASE("a statement says when it is long enough and begins anew then") {
  dolt::insert_text text{form, std::vector<std::string>{"id", "k"}, false};
  std::string const value(1000, 'x');
  std::vector<table::cell_view> const row{"1", value};
  std::size_t rows = 1;
  while (!text.add(row)) ++rows;
  auto const first = text.take();
  CHECK(rows == dolt::insert_text::statement_size / 1006 + 1);
  CHECK(first.size() < dolt::insert_text::statement_size + 2000);
  CHECK(text.take().empty());
  CHECK_FALSE(text.add(row));
  CHECK(text.take().starts_with("INSERT INTO"));
}
