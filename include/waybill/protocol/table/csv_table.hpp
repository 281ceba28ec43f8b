#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/** Reads CSV whose first line names the columns, and whose rows all have a value for each.

    Lines with nothing on them are passed over where there is more than one column.
    @lifetime refers to the source
*/
class csv_table {
 public:
  /// Reads the line of names. @errors errc::malformed_table when there is none, for a column without a name, and for a
  /// name that stands twice, in whatever case; as csv_reader::next
  [[nodiscard]] static result<csv_table> open(byte_source& from, csv_limits limits = {});

  [[nodiscard]] std::vector<std::string> const& columns() const noexcept { return columns_; }
  /// Position of a column, by its name as it is written.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const noexcept;
  /// The next row, or empty at the end. @lifetime of the cells: until the next call
  /// @errors errc::malformed_table for a row with more or fewer values; as csv_reader::next
  [[nodiscard]] result<std::optional<std::span<cell_view const>>> next();
  /// Line on which the row of the last `next` began, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return reader_.line(); }

 private:
  explicit csv_table(csv_reader reader) : reader_{std::move(reader)} {}

  csv_reader reader_;
  std::vector<std::string> columns_;
};

/// Positions of columns, by name. @errors errc::malformed_table naming the first that is not there
[[nodiscard]] WAYBILL_DECL result<std::vector<std::size_t>> positions_of(std::span<std::string const> wanted,
                                                                         std::span<std::string const> columns);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/csv_table.ipp>
#endif
