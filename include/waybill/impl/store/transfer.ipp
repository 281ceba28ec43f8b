#pragma once

#include <waybill/store/transfer.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/hash/multi.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t one_piece_limit = std::size_t{256} << 10;
inline constexpr std::size_t transfer_piece = std::size_t{1} << 20;

inline error bad_store_key(std::string_view key, std::string why) {
  return make_error(errc::unsafe_key,
                    std::move(why) + "; a store's keys are relative names joined by '/'", printable(key));
}

inline error size_changed(std::string_view path, std::uint64_t expected, std::string const& found) {
  return make_error(errc::source_changed,
                    "had " + std::to_string(expected) + " bytes when the transfer began and now has " + found +
                        "; repeat once nothing writes to it",
                    std::string{path});
}

/// `read` until the buffer is full or the source ends.
inline result<std::size_t> fill_buffer(byte_source& source, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    auto const n = source.read(buffer.subspan(filled));
    if (!n) return n.error();
    if (*n == 0) break;
    filled += *n;
  }
  return filled;
}

}  // namespace detail

WAYBILL_DECL result<void> check_store_key(std::string_view key) {
  if (key.empty()) return detail::bad_store_key(key, "the empty key");
  if (key.find('\0') != std::string_view::npos) return detail::bad_store_key(key, "a key with a NUL byte");
  if (key.front() == '/') return detail::bad_store_key(key, "an absolute key");
  for (std::size_t begin = 0; begin <= key.size();) {
    auto const end = std::min(key.find('/', begin), key.size());
    auto const segment = key.substr(begin, end - begin);
    if (segment.empty()) return detail::bad_store_key(key, "a key with an empty segment");
    if (segment == "." || segment == "..")
      return detail::bad_store_key(key, "a key with the segment '" + std::string{segment} + "'");
    begin = end + 1;
  }
  return {};
}

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

WAYBILL_DECL result<void> check_digests(digest_set const& expected, digest_set const& found,
                                        std::string_view name_for_errors) {
  for (auto const& want : expected) {
    auto const* have = found.find(want.kind());
    if (have != nullptr && *have == want) continue;
    return make_error(errc::digest_mismatch,
                      "expected " + std::string{want.kind().name()} + " " + want.text() + ", found " +
                          (have ? have->text() : std::string{"none"}) +
                          "; the bytes were damaged or replaced: fetch them again from where they came from",
                      std::string{name_for_errors});
  }
  return {};
}

WAYBILL_DECL result<digest_set> transfer(object_content const& content, digest_set const& expected, byte_sink& sink,
                                         std::string_view name_for_errors) {
  auto const size = content.size();
  std::optional<multi_hasher> hasher;
  if (!expected.empty()) {
    std::vector<algorithm> kinds;
    for (auto const& d : expected) kinds.push_back(d.kind());
    auto made = multi_hasher::create(kinds, size);
    if (!made) return made.error();
    hasher.emplace(std::move(*made));
  }
  auto const source = content.open({});
  if (!source) return source.error();
  // One byte more than a small content has, so that the first read may already meet its end.
  auto const capacity = size <= detail::one_piece_limit ? static_cast<std::size_t>(size) + 1 : detail::transfer_piece;
  auto const buffer = std::make_unique_for_overwrite<std::byte[]>(capacity);
  for (std::uint64_t seen = 0;;) {
    auto const n = detail::fill_buffer(**source, {buffer.get(), capacity});
    if (!n) return n.error();
    seen += *n;
    if (seen > size) return detail::size_changed(name_for_errors, size, "more");
    byte_view const piece{buffer.get(), *n};
    if (hasher) hasher->update(piece);
    if (!piece.empty())
      if (auto const written = sink.write(piece); !written) return written.error();
    if (*n == capacity) continue;
    if (seen != size) return detail::size_changed(name_for_errors, size, std::to_string(seen));
    break;
  }
  if (!hasher) return digest_set{};
  auto found = hasher->finish();
  if (auto const same = check_digests(expected, found, name_for_errors); !same) return same.error();
  return found;
}

}  // namespace waybill::inline WAYBILL_ABI
