#include <waybill/driver/metaflow/rows.hpp>

#include <waybill/driver/metaflow/commit.hpp>
#include <waybill/scan/file.hpp>

#include "sample_task.hpp"
#include "support/data.hpp"

using namespace waybill_test;

namespace {

/// Opens what looks like a database of its own and is the one given.
struct opened_again final : table::database {
  explicit opened_again(memory_tables& of) : of_{of} {}
  std::string const& name() const noexcept override { return of_.name(); }
  result<lineage::table_version> read(table::read_request const& what, byte_sink& csv) override {
    return of_.read(what, csv);
  }
  result<lineage::table_version> write(table::write_request const& what, byte_source& csv) override {
    return of_.write(what, csv);
  }
  result<std::vector<table::committed>> commit(table::commit_request const& what) override { return of_.commit(what); }
  result<void> diff(std::string_view t, std::string_view a, std::string_view b,
                    table::change_visitor const& v) override {
    return of_.diff(t, a, b, v);
  }
  result<std::string> commit_of(std::string_view name) override { return of_.commit_of(name); }

 private:
  memory_tables& of_;
};

struct finished_flow {
  sample_flow flow{};
  memory_tables db{};
  temporary_directory dir{};
  int opened = 0;

  result<std::vector<std::vector<metaflow::use_rows>>> rows(record_kind kind) {
    lineage::scan_report seen;
    auto const found = metaflow::find_uses(flow.store, {.kind = kind}, seen);
    REQUIRE(ok(found));
    return metaflow::write_rows(*found, dir.path().string(), [&](std::string const&) {
      ++opened;
      return result<std::unique_ptr<table::database>>{std::make_unique<opened_again>(db)};
    });
  }
};

void read_table(metaflow::task& by, memory_tables& db, std::string table) {
  kept_rows nowhere;
  REQUIRE(ok(by.read(db, {.table = std::move(table)}, nowhere)));
}

}  // namespace

TEST_CASE("rows are those of the recorded commit whatever came later") {
  finished_flow f;
  for (auto const* text : {"id\n1\n", "id\n2\n", "id\n3\n"}) {
    auto work = f.flow.task(std::string{text}.substr(3, 1), "work", "1");
    write_table(work, f.db, "a/b", text);
    REQUIRE(ok(metaflow::commit_writes(work, f.db, {})));
  }
  auto const rows = f.rows(record_kind::write);
  REQUIRE(ok(rows));
  REQUIRE(rows->size() == 3);
  CHECK(rows->front().front().file == (f.dir / "1/work/0.a%2Fb.csv").string());
  CHECK(read_file(*rows->front().front().file).value() == "id\n1\n");
  CHECK(read_file(*rows->back().front().file).value() == "id\n3\n");
  CHECK(f.opened == 1);
}

TEST_CASE("uses of the same rows share a file") {
  finished_flow f;
  auto first = f.flow.task("1", "start", "1");
  write_table(first, f.db, "t", "id\n1\n");
  REQUIRE(ok(metaflow::commit_writes(first, f.db, {})));
  for (std::uint64_t i = 0; i < 3; ++i) {
    auto work = f.flow.task("1", "work", std::to_string(i + 2), 0, {}, {i});
    read_table(work, f.db, "t");
  }
  auto const rows = f.rows(record_kind::read);
  REQUIRE(ok(rows));
  REQUIRE(rows->front().size() == 3);
  CHECK(rows->front()[2].file == rows->front()[0].file);
}

TEST_CASE("what was not committed has no rows and says so") {
  finished_flow f;
  auto work = f.flow.task("1", "work", "1");
  write_table(work, f.db, "t", "id\n1\n");
  read_table(work, f.db, "t");
  REQUIRE(ok(work.note(record_kind::read, {"ns/p", "abc"})));
  auto const reads = f.rows(record_kind::read);
  REQUIRE(ok(reads));
  for (auto const& one : reads->front()) {
    CHECK_FALSE(one.file);
    CHECK(one.why_none);
  }
  CHECK(f.rows(record_kind::write).value()[0][0].why_none == "never committed");
  CHECK(f.opened == 0);
}

TEST_CASE("rows of another database than the run used are refused") {
  finished_flow f;
  auto work = f.flow.task("1", "work", "1");
  write_table(work, f.db, "t", "id\n1\n");
  REQUIRE(ok(metaflow::commit_writes(work, f.db, {})));
  memory_tables other;
  write_table(work, other, "t", "id\n2\n");
  REQUIRE(other.commit({.writers = {{"F/1/work/1/0", {"t"}}}, .message = "m"}).has_value());
  f.db = other;
  CHECK(code_of(f.rows(record_kind::write)) == "digest_mismatch");
  f.db = memory_tables{};
  CHECK(code_of(f.rows(record_kind::write)) == "object_not_found");
}
