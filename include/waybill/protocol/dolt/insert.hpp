#pragma once

#include <waybill/config.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>
#include <waybill/protocol/dolt/table_form.hpp>
#include <waybill/protocol/table/csv.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** Makes statements that put rows into a table, many rows in each.

    Where rows may take the place of others, a known primary key gets the new values of the columns that are given. In a
    table with more unique keys than that, old rows are deleted first: a value that stands in another row is an error
    then, and does not change that row.
    @complexity a statement holds about `statement_size` bytes; one row more where that is longer */
class insert_text {
 public:
  static constexpr std::size_t statement_size = std::size_t{256} << 10;

  /// @param columns  the names of the values' columns, each one of the table's  @pre the primary key is among them
  insert_text(table_form const& into, std::span<std::string const> columns, bool over_known_keys);

  /// Adds a row. @return true when the statement is long enough to be taken  @pre a value for each column
  [[nodiscard]] bool add(std::span<table::cell_view const> values);
  /// The statements for the rows since the last call, each with its end; empty for none.
  [[nodiscard]] std::string take();

 private:
  std::vector<literal_kind> kinds_;
  std::vector<std::size_t> key_;  ///< positions of the primary key's columns
  std::string head_, tail_, delete_head_;
  std::string rows_, keys_;
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/insert.ipp>
#endif
