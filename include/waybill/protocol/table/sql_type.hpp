#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// What the values of a type are, however large.
enum class value_kind : std::uint8_t {
  whole,     ///< `tinyint` … `bigint`, `boolean`, `bit`, `year`
  exact,     ///< `decimal`
  floating,  ///< `float`, `double`
  text,      ///< `char` … `longtext`, `enum`, `set`
  bytes,     ///< `binary` … `longblob`
  date,
  datetime,  ///< `datetime`, `timestamp`
  time,      ///< of a day, or a span: hours may be many, and negative
  json,
  geometry
};

/// A type of a column.
struct sql_type {
  std::string name{};                    ///< lower case; synonyms as they were written
  std::vector<std::string> arguments{};  ///< digits; of `enum` and `set` the texts themselves
  bool is_unsigned = false;
  value_kind kind = value_kind::text;
  friend bool operator==(sql_type const&, sql_type const&) = default;
};

/** Reads a type that Dolt takes, with its arguments: `bigint`, `varchar(200)`, `decimal(10, 2)`, `int unsigned`,
    `enum('a','b')`. Nothing else can stand in it, so that it is safe to put into a statement.

    Collations and attributes (`auto_increment`, `default`) are no types.
    @errors errc::wrong_type for what is none, and for arguments that are missing, too many, or out of range
    @format MySQL 8.0 reference manual, chapter 11, as far as Dolt 1.83.2 takes it */
[[nodiscard]] WAYBILL_DECL result<sql_type> parse_type(std::string_view text);

/// A type as SQL says it, in lower case, without white space but before `unsigned`.
[[nodiscard]] WAYBILL_DECL std::string to_text(sql_type const& type);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/sql_type.ipp>
#endif
