#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// A column of a table.
struct column {
  std::string name{};
  std::string type{};    ///< as SQL says it, in lower case: `bigint`, `varchar(200)`, `decimal(10,2)`
  bool nullable = true;  ///< never for a column of the primary key
  friend bool operator==(column const&, column const&) = default;
};

/// What the rows of a table are made of.
struct schema {
  std::vector<column> columns{};
  std::vector<std::string> primary_key{};  ///< names of columns, in order
  friend bool operator==(schema const&, schema const&) = default;
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
