#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/row_order.hpp>

#include <functional>
#include <span>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// Takes a row of a merge, or the key of one that two changed differently; an error ends the merge.
/// @lifetime of the values: during the call
using values_visitor = std::function<result<void>(std::span<cell_view const>)>;

/// Three states of a table: one, and what two writers made of it. A table that is new has a base without rows.
struct merge_sides {
  csv_table& base;
  csv_table& ours;
  csv_table& theirs;
};

/** Merges what two writers made of a table, row by row: who alone changed, added or removed a row is followed, and so
    are both where they did the same. Rows that they changed differently are conflicts, with ours in the result.

    @param columns   of the result; a side that lacks one has NULL there
    @param key       rows of all sides come in its order, each key once
    @param merged    called for each row of the result, in that order
    @param conflict  called with the key of each conflict, before its row where it has one
    @errors     as compare_rows
    @complexity one pass; memory for a row of each side */
[[nodiscard]] WAYBILL_DECL result<void> merge_rows(merge_sides const& sides, std::span<std::string const> columns,
                                                   key_columns const& key, values_visitor const& merged,
                                                   values_visitor const& conflict);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/row_merge.ipp>
#endif
