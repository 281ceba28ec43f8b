#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/metaflow/pending.hpp>
#include <waybill/driver/metaflow/task.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>

#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

struct commit_options {
  std::optional<std::string> message{};  ///< empty: `Run Flow/run/step/task`, of who commits
  bool allow_empty = false;              ///< a commit of one's own even where nothing changed
};

/// A table of which a commit was not put on the branch: the record is that of the commit.
struct commit_conflict {
  lineage::attempt_id writer;
  std::string table;
};

/// A table that is recorded as written, of which the database has nothing uncommitted, and other rows committed: who
/// committed it died before it could record that, or the rows were thrown away.
struct lost_write {
  lineage::attempt_id writer;
  std::string table;
};

/// What a commit did.
struct commit_report {
  std::vector<lineage::run_record> records{};  ///< that were added, of the writers
  std::vector<commit_conflict> conflicts{};
  std::vector<lost_write> lost{};
  lineage::scan_report seen{};
};

/** Commits what an attempt and earlier steps of its run wrote (see pending_for), each writer's tables apart from the
    others', and adds the writers' records with commit, branch and hash. Records follow each writer's commit at once.
    A write that changed nothing gets the commit that holds the same rows.
    @errors the database's and the store's; what was committed before the error is recorded */
[[nodiscard]] WAYBILL_DECL result<commit_report> commit_writes(task& by, table::database& db,
                                                               commit_options const& options);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/commit.ipp>
#endif
