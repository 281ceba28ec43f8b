#pragma once

#include <waybill/store/object.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL error size_changed(std::string_view path, std::uint64_t expected, std::string const& found) {
  return make_error(errc::source_changed,
                    "had " + std::to_string(expected) + " bytes when the transfer began and now has " + found +
                        "; repeat once nothing writes to it",
                    std::string{path});
}

}  // namespace detail

WAYBILL_DECL object_extent clipped(byte_range range, std::uint64_t size) noexcept {
  auto const offset = std::min(range.offset, size);
  auto const rest = size - offset;
  return {offset, range.length ? std::min(*range.length, rest) : rest};
}

WAYBILL_DECL shared_source::shared_source(std::shared_ptr<std::string const> bytes, byte_range range)
    : bytes_{std::move(bytes)}, rest_{byte_view{}} {
  auto const extent = clipped(range, bytes_->size());
  rest_ = memory_source{std::string_view{*bytes_}.substr(static_cast<std::size_t>(extent.offset),
                                                         static_cast<std::size_t>(extent.length))};
}

WAYBILL_DECL file_range_source::file_range_source(file_descriptor fd, std::uint64_t size, byte_range range,
                                                  std::string path)
    : fd_{std::move(fd)}, size_{size}, rest_{clipped(range, size)}, path_{std::move(path)} {}

WAYBILL_DECL result<std::size_t> file_range_source::read(std::span<std::byte> buffer) {
  if (buffer.empty()) return std::size_t{0};
  if (rest_.length == 0) return finish();
  // A buffer with room to spare may see the file's end in the same call, which saves one.
  bool const to_end = rest_.offset + rest_.length == size_;
  auto const wanted = std::min<std::uint64_t>(buffer.size(), rest_.length + (to_end ? 1 : 0));
  ssize_t got;
  do {
    got = ::pread(fd_.get(), buffer.data(), static_cast<std::size_t>(wanted), static_cast<off_t>(rest_.offset));
  } while (got < 0 && errno == EINTR);
  if (got < 0) return system_error(errno, "cannot read", path_);
  auto const n = static_cast<std::uint64_t>(got);
  if (n == 0) return detail::size_changed(path_, size_, std::to_string(rest_.offset));
  if (n > rest_.length) return detail::size_changed(path_, size_, "more");
  rest_.offset += n;
  rest_.length -= n;
  end_seen_ = to_end && rest_.length == 0 && n < wanted;
  return static_cast<std::size_t>(n);
}

WAYBILL_DECL result<std::size_t> file_range_source::finish() {
  if (end_seen_) return std::size_t{0};
  auto const now = state_of(fd_.get(), path_);
  if (!now) return now.error();
  if (now->size != size_) return detail::size_changed(path_, size_, std::to_string(now->size));
  end_seen_ = true;
  return std::size_t{0};
}

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
