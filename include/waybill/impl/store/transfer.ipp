#pragma once

#include <waybill/store/transfer.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/hash/multi.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t one_piece_limit = std::size_t{256} << 10;
inline constexpr std::size_t transfer_piece = std::size_t{1} << 20;

inline error bad_store_key(std::string_view key, std::string why) {
  return make_error(errc::unsafe_key, std::move(why) + "; a store's keys are relative names joined by '/'",
                    printable(key));
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
