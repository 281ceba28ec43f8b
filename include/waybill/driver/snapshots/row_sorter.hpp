#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/row_merge.hpp>
#include <waybill/protocol/table/row_order.hpp>
#include <waybill/scan/beneath.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/** Brings rows into the order of their key, with files for what is more than some memory.
    @lifetime refers to the directory  @complexity O(n log n); memory for `memory` bytes of rows, and 256 KiB a file */
class row_sorter {
 public:
  /// @param at  positions of the key's columns in a row  @param memory  bytes of rows that are sorted at once
  row_sorter(root_directory const& in, key_columns key, std::vector<std::size_t> at,
             std::size_t memory = std::size_t{64} << 20)
      : in_{&in}, key_{std::move(key)}, at_{std::move(at)}, memory_{memory} {}

  /// @errors system errors
  [[nodiscard]] result<void> add(std::span<cell_view const> values);
  /// Gives out all rows, those of one key in the order in which they came; once. @errors the visitor's, system errors
  [[nodiscard]] result<void> drain(values_visitor const& visit);

 private:
  struct held_row {
    std::vector<std::optional<std::string>> key;
    std::string line;
  };
  class run;
  [[nodiscard]] result<void> spill();

  root_directory const* in_;
  key_columns key_;
  std::vector<std::size_t> at_;
  std::size_t memory_;
  std::size_t held_bytes_ = 0;
  std::vector<held_row> held_{};
  std::vector<std::unique_ptr<byte_source>> runs_{};
};

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/row_sorter.ipp>
#endif
