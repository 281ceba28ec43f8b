#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv.hpp>
#include <waybill/protocol/table/schema.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {
namespace detail {

/// What the values of a column have in common.
struct column_facts {
  bool any = false, null = false;
  bool whole = true;      ///< whole numbers without leading zeros
  bool number = true;     ///< with a point or an exponent, too
  bool as_double = true;  ///< numbers that a double gives back
  bool exponent = false;  ///< one of the numbers has one
  bool negative = false;
  bool date = true, datetime = true, utf8 = true;
  bool beyond_signed = false, beyond_unsigned = false;  ///< of 64 bits
  std::size_t digits = 0, fraction = 0;                 ///< most digits before and behind the point
  std::size_t second_digits = 0;                        ///< most digits of parts of a second
  std::size_t bytes = 0, characters = 0;                ///< of the longest
};

}  // namespace detail

/** Says of what types the columns of a table are, by all of their values.

    No value is changed by its type: whole numbers are `bigint` (`bigint unsigned`, `decimal(65,0)` where they are too
    large), other numbers `double`, or `decimal` where a double would lose digits; never a float of 32 bits. Dates are
    `date`, or `datetime(n)` where they all have a time. All else is `longtext`, or `longblob` where it is not UTF-8: so
    are numbers with leading zeros, times with a zone, `true` and `false` (SQL's boolean would give back 1 and 0), and
    columns without a value. In a primary key text is `varchar(255)`, or `varchar(768)`, and bytes `varbinary` of 255 or
    3072.
    @complexity memory for the columns only
*/
class schema_inference {
 public:
  explicit schema_inference(std::vector<std::string> columns) : columns_{std::move(columns)}, facts_(columns_.size()) {}

  /// @pre as many values as columns
  void see(std::span<cell_view const> values);
  /// @errors errc::malformed_table for a value of the primary key that is missing or too long; as `checked`
  [[nodiscard]] result<schema> finish(std::vector<std::string> primary_key) const;

 private:
  std::vector<std::string> columns_;
  std::vector<detail::column_facts> facts_;
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/inference.ipp>
#endif
