#pragma once

#include <waybill/scan/stat_cache.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/hash/crc64nvme.hpp>
#include <waybill/scan/content.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::string_view stat_cache_magic{"WBSTATC\x01", 8};
inline constexpr std::size_t stat_cache_written_at = 8;  ///< offset of the time
inline constexpr std::size_t stat_cache_count_at = 16;   ///< offset of the number of records
inline constexpr std::size_t stat_cache_checksum = 8;
inline constexpr std::size_t stat_record_head = 44;  ///< five 8-byte numbers and the length of the key
/// Coarser than the clocks of all file systems in use (FAT: 2 s).
inline constexpr std::int64_t racy_window_ns = 2'000'000'000;

template <class Number>
Number load_number(char const* at) noexcept {
  std::make_unsigned_t<Number> value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    value |= static_cast<std::make_unsigned_t<Number>>(std::make_unsigned_t<Number>{static_cast<unsigned char>(at[i])}
                                                       << 8 * i);
  return static_cast<Number>(value);
}

template <class Number>
void store_number(char* at, Number number) noexcept {
  auto const value = static_cast<std::make_unsigned_t<Number>>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i) at[i] = static_cast<char>(value >> 8 * i);
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, sizeof(Number)> bytes;
  store_number(bytes.data(), number);
  out.append(bytes.data(), bytes.size());
}

inline file_state load_state(char const* at) noexcept {
  return {load_number<std::uint64_t>(at), load_number<std::int64_t>(at + 8), load_number<std::int64_t>(at + 16),
          load_number<std::uint64_t>(at + 24), load_number<std::uint64_t>(at + 32)};
}

/// What a cache of this tree and these algorithms begins with; time and count are zero.
inline std::string stat_cache_head(std::string_view root, std::span<algorithm const> ordered) {
  std::string out{stat_cache_magic};
  append_number<std::int64_t>(out, 0);
  append_number<std::uint64_t>(out, 0);
  append_number(out, static_cast<std::uint32_t>(root.size()));
  out.append(root);
  append_number(out, static_cast<std::uint32_t>(ordered.size()));
  for (auto const a : ordered) {
    out.push_back(static_cast<char>(a.name().size()));
    out.append(a.name());
  }
  return out;
}

inline digest stat_cache_sum(std::string_view bytes) { return hash_bytes<crc64nvme_hasher>(as_bytes(bytes)); }

}  // namespace detail

WAYBILL_DECL stat_cache stat_cache::load(std::string const& file, std::string_view root,
                                         std::span<algorithm const> algorithms) {
  using namespace detail;
  auto content = read_file(file, std::size_t{1} << 36);
  if (!content || content->size() < stat_record_head) return {};
  auto const end = content->size() - stat_cache_checksum;
  auto const body = std::string_view{*content}.substr(0, end);
  stat_cache out;
  out.algorithms_ = ordered_algorithms(algorithms);
  auto const head = stat_cache_head(root, out.algorithms_);
  constexpr auto fixed = stat_cache_count_at + 8;
  if (!body.starts_with(stat_cache_magic) || body.size() < head.size() ||
      body.substr(fixed, head.size() - fixed) != std::string_view{head}.substr(fixed) ||
      as_text(stat_cache_sum(body).bytes()) != std::string_view{*content}.substr(end))
    return {};
  out.written_ns_ = load_number<std::int64_t>(content->data() + stat_cache_written_at);
  auto const count = load_number<std::uint64_t>(content->data() + stat_cache_count_at);
  out.bytes_ = std::move(*content);
  if (out.written_ns_ < 0) return {};
  if (!out.index_records(head.size(), end, count)) return {};
  return out;
}

WAYBILL_DECL bool stat_cache::index_records(std::size_t at, std::size_t end, std::uint64_t count) {
  auto const fixed = detail::stat_record_head + detail::packed_size(algorithms_);
  if (count > (end - at) / fixed) return false;
  offsets_.reserve(static_cast<std::size_t>(count));
  for (; count != 0 && end - at >= fixed; --count) {
    std::size_t const key_size = detail::load_number<std::uint32_t>(bytes_.data() + at + 40);
    if (end - at - fixed < key_size) return false;
    offsets_.push_back(at);
    at += fixed + key_size;
  }
  return count == 0 && at == end;
}

WAYBILL_DECL std::string_view stat_cache::key_at(std::size_t index) const noexcept {
  auto const* const record = bytes_.data() + offsets_[index];
  return {record + detail::stat_record_head + detail::packed_size(algorithms_),
          detail::load_number<std::uint32_t>(record + 40)};
}

WAYBILL_DECL bool stat_cache::has_key(std::string_view key, std::size_t& hint) const noexcept {
  if (hint < offsets_.size() && key_at(hint) == key) return true;
  std::size_t first = 0;
  for (auto left = offsets_.size(); left != 0;) {
    auto const half = left / 2;
    auto const before = walk_compare(key_at(first + half), key) < 0;
    if (before) first += half + 1;
    left = before ? left - half - 1 : half;
  }
  hint = first;
  return hint != offsets_.size() && key_at(hint) == key;
}

WAYBILL_DECL byte_view stat_cache::find_bytes(std::string_view key, file_state const& state,
                                              std::size_t& hint) const noexcept {
  if (!has_key(key, hint)) return {};
  auto const* const record = bytes_.data() + offsets_[hint++];
  auto const trusted_before = written_ns_ - detail::racy_window_ns;
  if (detail::load_state(record) != state || std::max(state.modified_ns, state.changed_ns) >= trusted_before) return {};
  return as_bytes({record + detail::stat_record_head, detail::packed_size(algorithms_)});
}

WAYBILL_DECL std::optional<digest_set> stat_cache::find(std::string_view key, file_state const& state) const {
  std::size_t hint = offsets_.size();
  auto const bytes = find_bytes(key, state, hint);
  if (bytes.empty()) return std::nullopt;
  digest_set out;
  detail::unpack_digests(algorithms_, bytes, out);
  return out;
}

WAYBILL_DECL std::size_t stat_cache::size() const noexcept { return offsets_.size(); }

WAYBILL_DECL stat_cache_writer::stat_cache_writer(std::string_view root, std::span<algorithm const> algorithms)
    : algorithms_{detail::ordered_algorithms(algorithms)} {
  bytes_ = detail::stat_cache_head(root, algorithms_);
}

WAYBILL_DECL void stat_cache_writer::add(std::string_view key, file_state const& state, digest_set const& digests) {
  for (auto const a : algorithms_)
    if (digests.find(a) == nullptr) return;
  detail::append_number(bytes_, state.size);
  detail::append_number(bytes_, state.modified_ns);
  detail::append_number(bytes_, state.changed_ns);
  detail::append_number(bytes_, state.inode);
  detail::append_number(bytes_, state.device);
  detail::append_number(bytes_, static_cast<std::uint32_t>(key.size()));
  for (auto const a : algorithms_) bytes_.append(as_text(digests.find(a)->bytes()));
  bytes_.append(key);
  ++count_;
}

WAYBILL_DECL result<void> stat_cache_writer::save(std::string const& file, std::int64_t now_ns) && {
  detail::store_number(bytes_.data() + detail::stat_cache_written_at, now_ns);
  detail::store_number(bytes_.data() + detail::stat_cache_count_at, count_);
  bytes_.append(as_text(detail::stat_cache_sum(bytes_).bytes()));
  return detail::replace_file(file, bytes_, 0600, detail::durability::volatile_file);
}

}  // namespace waybill::inline WAYBILL_ABI
