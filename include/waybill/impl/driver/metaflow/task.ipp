#pragma once

#include <waybill/driver/metaflow/task.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

WAYBILL_DECL std::string writer_name(lineage::attempt_id const& attempt) {
  return attempt.flow + "/" + attempt.run + "/" + attempt.step + "/" + attempt.task + "/" +
         std::to_string(attempt.number);
}

WAYBILL_DECL lineage::run_record task::draft(lineage::record_kind kind) const { return record_for(who_, kind, now_()); }

WAYBILL_DECL result<lineage::run_record> task::keep(lineage::run_record r, durability when) {
  if (dry_run_) return r;
  if (auto const kept = store_->append({&r, 1}, when); !kept) return kept.error();
  return r;
}

WAYBILL_DECL result<lineage::run_record> task::begin() {
  return keep(draft(lineage::record_kind::begin), durability::none);
}

WAYBILL_DECL result<lineage::run_record> task::end(lineage::end_status status, std::optional<std::string> failure) {
  auto r = draft(lineage::record_kind::end);
  r.status = status;
  r.failure = std::move(failure);
  return keep(std::move(r), durability::each);
}

WAYBILL_DECL result<lineage::run_record> task::read(table::database& from, table::read_request what, delivery& rows) {
  what.writer = writer_name(who_.attempt);
  auto version = from.read(what, rows);
  if (!version) return version.error();
  if (auto const done = rows.finish(); !done) return done.error();
  auto r = draft(lineage::record_kind::read);
  if (!version->query) version->query = what.query;
  r.data = std::move(*version);
  return keep(std::move(r), durability::none);
}

WAYBILL_DECL result<lineage::run_record> task::write(table::database& to, table::write_request what, byte_source& csv) {
  what.writer = writer_name(who_.attempt);
  auto version = to.write(what, csv);
  if (!version) return version.error();
  auto r = draft(lineage::record_kind::write);
  version->commit.reset();
  version->dirty = false;
  r.data = std::move(*version);
  return keep(std::move(r), durability::none);
}

WAYBILL_DECL result<lineage::run_record> task::note(lineage::record_kind kind, lineage::package_version version) {
  auto r = draft(kind);
  r.data = std::move(version);
  return keep(std::move(r), durability::none);
}

WAYBILL_DECL result<std::vector<lineage::run_record>> task::records(lineage::scan_report& report) const {
  return store_->read_attempt(who_.attempt, report);
}

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI
