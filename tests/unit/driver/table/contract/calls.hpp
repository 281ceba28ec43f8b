#pragma once

#include <waybill/core/stream.hpp>
#include <waybill/driver/table/database.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace waybill_test {

using table_opener = std::function<std::unique_ptr<waybill::table::database>()>;

/// Short forms of calls that must work.
class table_calls {
 public:
  explicit table_calls(table_opener const& open) : db_{open()} {}

  waybill::table::database& operator*() const { return *db_; }
  waybill::table::database* operator->() const { return db_.get(); }

  waybill::lineage::table_version write(waybill::table::write_request const& what, std::string const& csv) const {
    waybill::memory_source from{csv};
    auto r = db_->write(what, from);
    INFO("write of " << what.table << " by " << what.writer);
    REQUIRE(ok(r));
    return *r;
  }
  /// Rows with the key `id`, taking the place of those that are there.
  waybill::lineage::table_version write(std::string table, std::string writer, std::string const& csv) const {
    return write({.table = std::move(table), .primary_key = {"id"}, .writer = std::move(writer)}, csv);
  }

  std::pair<std::string, waybill::lineage::table_version> read_both(waybill::table::read_request const& what) const {
    waybill::string_sink out;
    auto r = db_->read(what, out);
    INFO("read of " << what.table << " by '" << what.writer << "' as of " << what.as_of.value_or("now"));
    REQUIRE(ok(r));
    return {out.str(), *r};
  }
  std::string read(std::string table, std::string writer = {}) const {
    return read_both({.table = std::move(table), .writer = std::move(writer)}).first;
  }
  std::string read_at(std::string table, std::string version) const {
    return read_both({.table = std::move(table), .as_of = std::move(version)}).first;
  }

  /// Commits one table of one writer. @return what became of it
  waybill::table::committed commit(std::string writer, std::string table, std::string message = "a message") const {
    auto r = db_->commit({.writers = {{std::move(writer), {std::move(table)}}}, .message = std::move(message)});
    REQUIRE(ok(r));
    REQUIRE(r->size() == 1);
    return r->front();
  }
  /// The same where nothing stands in the way. @return the commit's name
  std::string commit_cleanly(std::string writer, std::string table) const {
    auto const done = commit(std::move(writer), std::move(table));
    CHECK(done.conflicts.empty());
    REQUIRE(done.tables.size() == 1);
    REQUIRE(done.tables.front().commit.has_value());
    return *done.tables.front().commit;
  }

  std::string code_of_read(waybill::table::read_request const& what) const {
    waybill::string_sink out;
    return code_of(db_->read(what, out));
  }
  std::string code_of_write(waybill::table::write_request const& what, std::string const& csv) const {
    waybill::memory_source from{csv};
    return code_of(db_->write(what, from));
  }

  /// Changes as lines like `~ 1,old -> 1,new`, with `NULL` for NULL.
  std::vector<std::string> changes(std::string table, std::string from, std::string to) const {
    std::vector<std::string> out;
    auto const r = db_->diff(table, from, to, [&](waybill::table::row_change const& c) -> waybill::result<void> {
      using kind = waybill::table::change_kind;
      std::string line = c.kind == kind::added ? "+" : c.kind == kind::removed ? "-" : "~";
      if (c.kind != kind::added) line += " " + joined(c.old_row);
      if (c.kind == kind::modified) line += " ->";
      if (c.kind != kind::removed) line += " " + joined(c.new_row);
      CHECK(c.primary_key.size() == 1);
      out.push_back(std::move(line));
      return {};
    });
    REQUIRE(ok(r));
    return out;
  }

 private:
  static std::string joined(waybill::table::row const& cells) {
    std::string out;
    for (auto const& c : cells) out += (out.empty() ? "" : ",") + c.value_or("NULL");
    return out;
  }

  std::unique_ptr<waybill::table::database> db_;
};

}  // namespace waybill_test
