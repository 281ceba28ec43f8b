#pragma once

#include <waybill/protocol/table/csv.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/schema.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace waybill_test {

/// A table that is read from a text.
struct text_table {
  explicit text_table(std::string csv)
      : text{std::move(csv)},
        source{std::make_unique<waybill::memory_source>(std::string_view{text})},
        table{waybill::table::csv_table::open(*source).value()} {}
  text_table(text_table const&) = delete;

  std::string text;
  std::unique_ptr<waybill::memory_source> source;
  waybill::table::csv_table table;
};

/// Rows `id,v` by id, as a text; the naive model of a table.
using model = std::map<int, std::string>;

inline std::string csv_of(model const& rows) {
  std::string out = "id,v\n";
  for (auto const& [id, v] : rows) out += std::to_string(id) + "," + v + "\n";
  return out;
}

}  // namespace waybill_test
