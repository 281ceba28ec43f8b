#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/row_order.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A value as CSV says it; empty for NULL.
using cell = std::optional<std::string>;
/// Values in the order of the columns.
using row = std::vector<cell>;

enum class change_kind : std::uint8_t { added, removed, modified };

/// A row that differs between two states of a table. @lifetime valid during the call it is passed to
struct row_change {
  change_kind kind = change_kind::added;
  std::span<std::string const> primary_key;  ///< names of its columns
  std::span<std::string const> old_columns;  ///< empty for an added row
  std::span<std::string const> new_columns;  ///< empty for a removed row
  row const& old_row;
  row const& new_row;
};

/// Called for each change; an error ends the comparison.
using change_visitor = std::function<result<void>(row_change const&)>;

/** Compares two states of a table, row by row.

    A column that one of them has not is NULL there: a row differs by it only where the other has a value.
    @param before, after  rows in the order of the key, each key once
    @errors     errc::unsorted; errc::malformed_table where a column of the key is missing; as csv_table::next; the
                visitor's
    @complexity one pass; memory for a row of each */
[[nodiscard]] WAYBILL_DECL result<void> compare_rows(csv_table& before, csv_table& after, key_columns const& key,
                                                     change_visitor const& visit);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/row_changes.ipp>
#endif
