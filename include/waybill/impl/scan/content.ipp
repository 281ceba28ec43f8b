#pragma once

#include <waybill/scan/content.hpp>

#include <waybill/scan/placeholder_mark.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Stays in the second-level cache between read and hash.
inline constexpr std::size_t content_buffer_size = std::size_t{256} << 10;
/// With several hashers, a piece stays in the first-level cache until the last one has seen it.
inline constexpr std::size_t content_piece_size = std::size_t{16} << 10;

WAYBILL_DECL std::vector<algorithm> ordered_algorithms(std::span<algorithm const> algorithms) {
  std::vector<algorithm> out{algorithms.begin(), algorithms.end()};
  std::ranges::sort(out, [](algorithm a, algorithm b) {
    return a.info().strength != b.info().strength ? a.info().strength > b.info().strength : a.name() < b.name();
  });
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

WAYBILL_DECL std::size_t packed_size(std::span<algorithm const> algorithms) noexcept {
  std::size_t sum = 0;
  for (auto const a : algorithms) sum += a.info().size;
  return sum;
}

WAYBILL_DECL void unpack_digests(std::span<algorithm const> algorithms, byte_view bytes, digest_set& out) {
  for (auto const a : algorithms) {
    out.insert(digest{a, bytes.first(a.info().size)});
    bytes = bytes.subspan(a.info().size);
  }
}

WAYBILL_DECL error changed_error(std::string_view what, std::string path) {
  return make_error(errc::source_changed, std::string{what} + " while it was read; repeat when nobody writes to it",
                    std::move(path));
}

inline std::byte* pack(digest const& d, std::byte* out) {
  std::memcpy(out, d.bytes().data(), d.bytes().size());
  return out + d.bytes().size();
}

WAYBILL_DECL content_hasher::content_hasher(std::vector<any_hasher> hashers, std::stop_token stop,
                                            progress_counter& counter)
    : hashers_{std::move(hashers)},
      buffer_{std::make_unique_for_overwrite<std::byte[]>(content_buffer_size)},
      stop_{std::move(stop)},
      counter_{&counter} {}

inline result<std::vector<any_hasher>> make_hashers(std::span<algorithm const> algorithms, std::uint64_t size) {
  std::vector<any_hasher> out;
  for (auto const a : algorithms) {
    auto hasher = make_hasher(a, size);
    if (!hasher) return hasher.error();
    out.push_back(std::move(*hasher));
  }
  return out;
}

WAYBILL_DECL result<content_hasher> content_hasher::create(std::span<algorithm const> algorithms, std::stop_token stop,
                                                           progress_counter& counter) {
  if (algorithms.empty()) return make_error(errc::usage, "no digest algorithm given; name at least one");
  auto hashers = make_hashers(algorithms, 0);
  if (!hashers) return hashers.error();
  return content_hasher{std::move(*hashers), std::move(stop), counter};
}

template <class Consume>
result<void> content_hasher::read_range(int fd, std::uint64_t offset, std::uint64_t size, std::string_view path,
                                        Consume consume) {
  for (auto const end = offset + size; offset < end;) {
    if (stop_.stop_requested()) return interrupted_error();
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, content_buffer_size));
    auto const n = ::pread(fd, buffer_.get(), wanted, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot read", std::string{path});
    if (n == 0) return changed_error("became shorter", std::string{path});
    consume(byte_view{buffer_.get(), static_cast<std::size_t>(n)});
    offset += static_cast<std::uint64_t>(n);
    counter_->done(0, static_cast<std::uint64_t>(n));
  }
  return {};
}

WAYBILL_DECL result<void> content_hasher::run(std::span<any_hasher> hashers, int fd, std::uint64_t size,
                                              std::string_view path, std::byte* out) {
  met_placeholder_ = false;
  bool first = size <= largest_placeholder;
  auto const read = read_range(fd, 0, size, path, [&](byte_view bytes) {
    if (std::exchange(first, false)) met_placeholder_ = looks_like_placeholder(bytes);
    if (hashers.size() == 1) return hashers.front().update(bytes);
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), content_piece_size)))
      for (auto& hasher : hashers) hasher.update(bytes.first(std::min(bytes.size(), content_piece_size)));
  });
  // Also after an error: finishing makes the hashers new for the next file.
  for (auto& hasher : hashers) out = pack(hasher.finish(), out);
  return read;
}

WAYBILL_DECL result<void> content_hasher::hash_file(int fd, std::uint64_t size, std::string_view path, std::byte* out) {
  settle();
  if (plan_chunks(size).chunk_size == plan_chunks(0).chunk_size) return run(hashers_, fd, size, path, out);
  std::vector<algorithm> algorithms;
  for (auto const& hasher : hashers_) algorithms.push_back(hasher.kind());
  auto larger = make_hashers(algorithms, size);
  if (!larger) return larger.error();
  return run(*larger, fd, size, path, out);
}

WAYBILL_DECL result<void> content_hasher::hash_part(int fd, std::uint64_t offset, std::uint64_t size,
                                                    std::string_view path, std::byte* out) {
  settle();
  if (!part_hasher_) part_hasher_.emplace();
  met_placeholder_ = false;
  bool first = offset == 0 && size <= largest_placeholder;
  auto const read = read_range(fd, offset, size, path, [&](byte_view bytes) {
    if (std::exchange(first, false)) met_placeholder_ = looks_like_placeholder(bytes);
    part_hasher_->update(bytes);
  });
  pack(part_hasher_->finish(), out);
  return read;
}

/// Fills a piece of the buffer.
WAYBILL_DECL result<void> content_hasher::fill(int fd, std::uint64_t offset, std::span<std::byte> to,
                                               std::string_view path) {
  while (!to.empty()) {
    if (stop_.stop_requested()) return interrupted_error();
    auto const n = ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot read", std::string{path});
    if (n == 0) return changed_error("became shorter", std::string{path});
    to = to.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
    counter_->done(0, static_cast<std::uint64_t>(n));
  }
  return {};
}

WAYBILL_DECL bool content_hasher::hashes_pairs() const noexcept {
  return sha256_pair_available() && hashers_.size() == 1 && hashers_.front().kind() == algorithms::sha2_256_chunked;
}

WAYBILL_DECL result<void> content_hasher::hash_soon(int fd, std::uint64_t size, std::string_view path, std::byte* out) {
  constexpr auto half = content_buffer_size / 2;
  if (size == 0 || size > half || !hashes_pairs()) return hash_file(fd, size, path, out);
  auto const bytes = std::span{buffer_.get() + (debt_.out == nullptr ? 0 : half), static_cast<std::size_t>(size)};
  if (auto r = fill(fd, 0, bytes, path); !r) return r;
  met_placeholder_ = size <= largest_placeholder && looks_like_placeholder(bytes);
  if (debt_.out == nullptr) {
    debt_ = {bytes.size(), out};
    return {};
  }
  // Contents of one part: the digest of the part's digest.
  auto const parts = sha256_pair({buffer_.get(), debt_.size}, bytes);
  auto const whole = sha256_pair(parts.first.bytes(), parts.second.bytes());
  pack(whole.first, std::exchange(debt_, {}).out);
  pack(whole.second, out);
  return {};
}

WAYBILL_DECL void content_hasher::settle() {
  if (debt_.out == nullptr) return;
  auto const part = hash_bytes<sha256_hasher>({buffer_.get(), debt_.size});
  pack(hash_bytes<sha256_hasher>(part.bytes()), std::exchange(debt_, {}).out);
}

WAYBILL_DECL result<void> content_hasher::hash_two_parts(int fd, std::uint64_t offset, std::uint64_t size,
                                                         std::string_view path, std::byte* out) {
  settle();
  if (!pair_hasher_) pair_hasher_.emplace();
  result<void> read;
  constexpr std::uint64_t half = content_buffer_size / 2;
  for (std::uint64_t at = 0; at < size && read; at += half) {
    auto const n = static_cast<std::size_t>(std::min(size - at, half));
    std::span const a{buffer_.get(), n}, b{buffer_.get() + half, n};
    read = fill(fd, offset + at, a, path);
    if (read) read = fill(fd, offset + size + at, b, path);
    if (read) pair_hasher_->update(a, b);
  }
  // Also after an error: finishing makes the hasher new for the next parts.
  auto const sums = pair_hasher_->finish();
  pack(sums.second, pack(sums.first, out));
  return read;
}

WAYBILL_DECL part_job::part_job(file_descriptor fd, std::string path, file_state const& state, unsigned workers)
    : fd_{std::move(fd)},
      path_{std::move(path)},
      state_{state},
      plan_{plan_chunks(state.size)},
      paired_{sha256_pair_available() ? plan_.parts - plan_.parts % (std::uint64_t{2} * workers) : 0},
      sums_(static_cast<std::size_t>(plan_.parts) * algorithms::sha256.size),
      left_{plan_.parts} {
  bool const last_is_short = state.size % plan_.chunk_size != 0;
  if (paired_ == plan_.parts && last_is_short) paired_ -= 2;
}

WAYBILL_DECL result<part_job::outcome> part_job::hash_next(content_hasher& hasher) {
  auto const turn = next_.fetch_add(1);
  bool const pair = turn < paired_ / 2;
  auto const part = pair ? 2 * turn : turn + paired_ / 2;
  if (part >= plan_.parts) return outcome::none;
  auto const offset = part * plan_.chunk_size;
  auto const size = std::min(plan_.chunk_size, state_.size - offset);
  auto* const sum = sums_.data() + static_cast<std::size_t>(part) * algorithms::sha256.size;
  auto const hashed = pair ? hasher.hash_two_parts(fd_.get(), offset, size, path_, sum)
                           : hasher.hash_part(fd_.get(), offset, size, path_, sum);
  if (!hashed) return hashed.error();
  std::uint64_t const done = pair ? 2 : 1;
  return left_.fetch_sub(done) == done ? outcome::last : outcome::more;
}

WAYBILL_DECL result<void> part_job::finish(std::byte* out, std::vector<std::byte>* parts) {
  auto const after = state_of(fd_.get(), path_);
  if (!after) return after.error();
  if (*after != state_) return changed_error("changed", path_);
  fd_.reset();
  pack(hash_bytes<sha256_hasher>(sums_), out);
  if (parts != nullptr) *parts = std::move(sums_);
  sums_ = {};
  return {};
}

WAYBILL_DECL bool hashed_in_parts(std::span<algorithm const> algorithms, std::uint64_t size) noexcept {
  return algorithms.size() == 1 && algorithms.front() == algorithms::sha2_256_chunked && plan_chunks(size).parts > 1;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
