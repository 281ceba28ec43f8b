#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/csv_table.hpp>
#include <waybill/protocol/table/schema.hpp>
#include <waybill/protocol/table/sql_type.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// What rows are kept together and ordered by: their primary key.
struct key_columns {
  std::vector<std::string> names;
  std::vector<value_kind> kinds;
  friend bool operator==(key_columns const&, key_columns const&) = default;
};

/// The primary key of a table. @pre the schema was checked
[[nodiscard]] WAYBILL_DECL key_columns primary_key_of(schema const& s);

/// Order of two keys, column by column, as compare_values; NULL comes first. @pre all of one length
[[nodiscard]] WAYBILL_DECL int compare_keys(std::span<value_kind const> kinds, std::span<cell_view const> a,
                                            std::span<cell_view const> b) noexcept;

/** Goes through rows that come in the order of their key, each key once, and holds them to it.
    @lifetime refers to the table and the key */
class ordered_rows {
 public:
  /// @errors errc::malformed_table where a column of the key is missing
  [[nodiscard]] static result<ordered_rows> over(csv_table& rows, key_columns const& key);

  /// Goes to the next row; the first one, at first. @errors errc::unsorted with the line; as csv_table::next
  [[nodiscard]] result<void> advance();
  [[nodiscard]] bool at_end() const noexcept { return !row_; }
  /// The row it stands at, and its key. @pre it is not at the end  @lifetime until `advance`
  [[nodiscard]] std::span<cell_view const> row() const noexcept { return *row_; }
  [[nodiscard]] std::span<cell_view const> key() const noexcept { return values_; }
  [[nodiscard]] std::vector<std::string> const& columns() const noexcept { return rows_->columns(); }

 private:
  ordered_rows(csv_table& rows, key_columns const& key, std::vector<std::size_t> at)
      : rows_{&rows}, key_{&key}, at_{std::move(at)}, before_(at_.size()) {}

  csv_table* rows_;
  key_columns const* key_;
  std::vector<std::size_t> at_;
  std::optional<std::span<cell_view const>> row_{};
  std::vector<cell_view> values_{};
  std::vector<std::optional<std::string>> before_;  ///< the key of the row before
  bool first_ = true;
};

/// Order of where two stand: who is at the end comes last. @pre of one key
[[nodiscard]] WAYBILL_DECL int compare_places(key_columns const& key, ordered_rows const& a,
                                              ordered_rows const& b) noexcept;

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/row_order.ipp>
#endif
