#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

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

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI
