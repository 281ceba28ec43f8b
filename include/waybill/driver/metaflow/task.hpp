#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/driver/metaflow/delivery.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/record_store.hpp>
#include <waybill/protocol/metaflow/identity.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// What databases know an attempt as while its rows are not committed: `Flow/run/step/task/attempt`.
[[nodiscard]] WAYBILL_DECL std::string writer_name(lineage::attempt_id const& attempt);

/** An attempt of a task, of which is recorded what it does.

    Each thing is recorded once it is done, and not before: what fails, or is killed, leaves the records as they were.
    Records survive the program at once, and a power cut from `end` on.
    @lifetime  refers to the store  @threads  one call at a time; other processes of the attempt may record, too
*/
class task {
 public:
  /// @param now      the present time, UTC
  /// @param dry_run  records are made and not kept
  task(lineage::record_store& store, identity who, std::function<timestamp()> now, bool dry_run = false)
      : store_{&store}, who_{std::move(who)}, now_{std::move(now)}, dry_run_{dry_run} {}

  [[nodiscard]] identity const& who() const noexcept { return who_; }
  [[nodiscard]] lineage::record_store& store() const noexcept { return *store_; }
  [[nodiscard]] timestamp now() const { return now_(); }

  /// A record of this attempt and moment, which is not kept.
  [[nodiscard]] lineage::run_record draft(lineage::record_kind kind) const;

  /// Opens the attempt. @errors the store's, as those of all members
  [[nodiscard]] result<lineage::run_record> begin();
  /// Closes it. @param failure  the error's type, of `fail`
  [[nodiscard]] result<lineage::run_record> end(lineage::end_status status, std::optional<std::string> failure);

  /** Reads rows of a table as this attempt sees them, and records it when all were delivered.
      @errors the database's, the delivery's; nothing is recorded then */
  [[nodiscard]] result<lineage::run_record> read(table::database& from, table::read_request what, delivery& rows);
  /// Writes rows to a table and records it, without a commit.
  [[nodiscard]] result<lineage::run_record> write(table::database& to, table::write_request what, byte_source& csv);
  /// Records that a version of a package was read or written.
  [[nodiscard]] result<lineage::run_record> note(lineage::record_kind kind, lineage::package_version version);

  /// All records of this attempt. @param report  is added to
  [[nodiscard]] result<std::vector<lineage::run_record>> records(lineage::scan_report& report) const;

 private:
  [[nodiscard]] result<lineage::run_record> keep(lineage::run_record r, durability when);

  lineage::record_store* store_;
  identity who_;
  std::function<timestamp()> now_;
  bool dry_run_;
};

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/task.ipp>
#endif
