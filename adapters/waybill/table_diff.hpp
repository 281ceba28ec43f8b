#pragma once

#include <waybill/error.hpp>

#include <string>

#include "common/context.hpp"

namespace waybill_cli {

/// Two states of a table: commits, branches, tags, or runs (`FLOW/RUN`).
struct table_pair {
  std::string db, table;
  std::string dolt;   ///< its program; empty: as open_tables
  std::string store;  ///< of the run records; empty: as open_records
  std::string before, after;
  bool stat = false;  ///< only the summary
};

/** Rows that differ, in the order of the primary key: `{added, removed, modified, rows}`; exit 1 where there are any.

    A run stands for the last commit of the table that it wrote, or else read. As text rows are printed while they are
    found, so that memory does not grow with them.
    @errors errc::object_not_found for a run that knows no commit of the table; as open_tables and database::diff */
[[nodiscard]] waybill::result<answer> table_diff(context const& world, table_pair const& what);

}  // namespace waybill_cli
