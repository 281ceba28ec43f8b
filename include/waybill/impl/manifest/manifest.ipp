#pragma once

#include <waybill/manifest/manifest.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr auto max_total_size = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

inline json::value const* header_member(manifest_header const& header, std::string_view name) noexcept {
  for (auto const& [member, value] : header.members)
    if (member == name) return &value;
  return nullptr;
}

WAYBILL_DECL error key_conflict_error(std::string_view file, std::string_view below) {
  return make_error(
      errc::key_conflict,
      "'" + printable(file) + "' is a file, so '" + printable(below) + "' cannot lie below it; rename one",
      printable(below));
}

WAYBILL_DECL result<bool> check_neighbours(std::string_view previous, std::string_view key) {
  auto const order = walk_compare(previous, key);
  if (order == 0)
    return make_error(errc::duplicate_key, "'" + printable(key) + "' stands twice; keep one of the two entries",
                      printable(key));
  if (order < 0 ? is_below(key, previous) : is_below(previous, key))
    return order < 0 ? key_conflict_error(previous, key) : key_conflict_error(key, previous);
  return order < 0;
}

/// @return false at the first entry that is out of order
inline result<bool> check_order(std::vector<entry> const& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    auto const ordered = check_neighbours(entries[i - 1].key, entries[i].key);
    if (!ordered || !*ordered) return ordered;
  }
  return true;
}

WAYBILL_DECL result<std::uint64_t> sum_of_sizes(std::span<entry const> entries, std::uint64_t before) {
  auto total = before;
  for (auto const& e : entries) {
    auto const size = e.size.value_or(0);
    if (size > max_total_size)
      return make_error(errc::size_out_of_range, "size is over 2^63-1 bytes", printable(e.key));
    if (size > max_total_size - total)
      return make_error(errc::size_out_of_range, "the sizes of all entries up to this one are over 2^63-1 bytes",
                        printable(e.key));
    total += size;
  }
  return total;
}

inline entry const* find_entry(std::span<entry const> entries, std::string_view key) noexcept {
  auto const at = std::ranges::lower_bound(entries, key, walk_less{}, key_of);
  return at != entries.end() && std::string_view{at->key} == key ? &*at : nullptr;
}

/// An entry that stands at `key` or above it.
inline entry const* find_file_above(std::span<entry const> entries, std::string_view key) noexcept {
  for (auto end = key.find('/');; end = key.find('/', end + 1)) {
    if (auto const* const found = find_entry(entries, key.substr(0, end))) return found;
    if (end == std::string_view::npos) return nullptr;
  }
}

WAYBILL_DECL result<void> settle_directories(std::vector<directory_meta>& directories, std::span<entry const> entries) {
  std::ranges::stable_sort(directories, walk_less{}, key_of);
  std::vector<directory_meta> kept;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    auto& d = directories[i];
    auto const path = [&d] { return printable(d.key) + "/"; };
    if (auto const* const file = find_file_above(entries, d.key)) return key_conflict_error(file->key, path());
    if (!d.meta.is_null() && d.meta.as_object() == nullptr)
      return make_error(errc::wrong_type, "metadata of a directory must be an object", path());
    bool const last = i + 1 == directories.size() || directories[i + 1].key != d.key;
    if (last && !d.meta.is_null() && !d.meta.as_object()->empty()) kept.push_back(std::move(d));
  }
  directories = std::move(kept);
  return {};
}

}  // namespace detail

WAYBILL_DECL std::optional<std::string> manifest_header::message() const {
  auto const* const found = detail::header_member(*this, "message");
  auto const* const text = found != nullptr ? found->as_string() : nullptr;
  return text != nullptr ? std::optional{*text} : std::nullopt;
}

WAYBILL_DECL json::value const* manifest_header::user_meta() const noexcept {
  return detail::header_member(*this, "user_meta");
}

WAYBILL_DECL void manifest_header::set_message(std::optional<std::string_view> text) {
  json::set_member(members, "message", text ? json::value{*text} : json::value{nullptr});
}

WAYBILL_DECL void manifest_header::set_user_meta(json::value meta) {
  json::set_member(members, "user_meta", std::move(meta));
}

WAYBILL_DECL result<manifest> manifest::create(manifest_header header, std::vector<entry> entries,
                                               std::vector<directory_meta> directories) {
  auto ordered = detail::check_order(entries);
  if (ordered && !*ordered) {
    std::ranges::sort(entries, walk_less{}, key_of);
    ordered = detail::check_order(entries);
  }
  if (!ordered) return ordered.error();
  auto const total = detail::sum_of_sizes(entries, 0);
  if (!total) return total.error();
  auto const settled = detail::settle_directories(directories, entries);
  if (!settled) return settled.error();
  auto const hash = detail::top_hash_of(header, entries);
  if (!hash) return hash.error();
  return manifest{std::make_shared<contents const>(
      contents{std::move(header), std::move(entries), std::move(directories), *hash, *total})};
}

WAYBILL_DECL entry const* manifest::find(std::string_view key) const noexcept {
  return detail::find_entry(entries(), key);
}

WAYBILL_DECL std::span<entry const> manifest::below(std::string_view directory) const noexcept {
  auto const all = entries();
  auto const first = std::ranges::upper_bound(all, directory, walk_less{}, key_of);
  auto const rest = all.subspan(static_cast<std::size_t>(first - all.begin()));
  auto const last = std::ranges::partition_point(rest, [&](entry const& e) { return is_below(e.key, directory); });
  return rest.first(static_cast<std::size_t>(last - rest.begin()));
}

WAYBILL_DECL json::value const* manifest::directory(std::string_view key) const noexcept {
  auto const all = directories();
  auto const at = std::ranges::lower_bound(all, key, walk_less{}, key_of);
  return at != all.end() && std::string_view{at->key} == key ? &at->meta : nullptr;
}

}  // namespace waybill::inline WAYBILL_ABI

// Defines `top_hash_of`; it stands last because its header needs this one.
#include <waybill/manifest/top_hash.hpp>
