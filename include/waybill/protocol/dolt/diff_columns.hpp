#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv.hpp>
#include <waybill/protocol/table/row_changes.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** How the rows of `DOLT_DIFF` are made up: the columns of the new table with `to_` before their names, its commit and
    that commit's date, the same of the old table with `from_`, and what became of the row.
    @format docs.dolthub.com, "Dolt SQL Functions", DOLT_DIFF; Dolt 1.83.2 */
struct diff_columns {
  std::vector<std::string> new_columns{};
  std::vector<std::string> old_columns{};
  std::size_t old_at = 0;  ///< where the old values begin

  /// @errors errc::unsupported for columns of another form
  [[nodiscard]] static result<diff_columns> of(std::span<std::string const> names);

  /// Splits a row into what was and what is. @return which kind of change it is
  /// @errors errc::unsupported for a kind that is unknown  @pre as many values as names
  [[nodiscard]] result<table::change_kind> split(std::span<table::cell_view const> values, table::row& old_row,
                                                 table::row& new_row) const;
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/diff_columns.ipp>
#endif
