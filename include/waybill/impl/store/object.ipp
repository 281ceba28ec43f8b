#pragma once

#include <waybill/store/object.hpp>

#include <waybill/scan/file.hpp>
#include <waybill/store/transfer.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<std::unique_ptr<byte_source>> memory_content::open(byte_range range) const {
  auto const extent = clipped(range, bytes_.size());
  return std::unique_ptr<byte_source>{std::make_unique<memory_source>(
      bytes_.subspan(static_cast<std::size_t>(extent.offset), static_cast<std::size_t>(extent.length)))};
}

WAYBILL_DECL result<file_content> file_content::open_path(std::string path) {
  auto const file = open_for_reading(path);
  if (!file) return file.error();
  auto const state = state_of(file->get(), path);
  if (!state) return state.error();
  return file_content{std::move(path), state->size};
}

WAYBILL_DECL result<std::unique_ptr<byte_source>> file_content::open(byte_range range) const {
  auto file = open_for_reading(path_);
  if (!file) return file.error();
  auto const state = state_of(file->get(), path_);
  if (!state) return state.error();
  if (state->size != size_)
    return make_error(errc::source_changed,
                      "had " + std::to_string(size_) + " bytes when it was looked at and now has " +
                          std::to_string(state->size) + "; repeat once nothing writes to it",
                      path_);
  return std::unique_ptr<byte_source>{std::make_unique<file_range_source>(std::move(*file), size_, range, path_)};
}

}  // namespace waybill::inline WAYBILL_ABI
