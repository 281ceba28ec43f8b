#pragma once

#include <waybill/manifest/part.hpp>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>
#include <variant>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t lines_of_a_part = 1024;

static_assert(std::is_nothrow_move_constructible_v<entry>, "a growing vector of entries moves them");

}  // namespace detail

WAYBILL_DECL result<bool> manifest_part::read(manifest_reader& from, std::size_t most_lines) {
  for (std::size_t n = 0; n < most_lines; ++n) {
    auto const item = from.next();
    if (!item) return item.error();
    if (*item == nullptr) {
      sorted = from.sorted();
      return false;
    }
    if ((*item)->parsed && std::holds_alternative<directory_meta>(*(*item)->parsed)) {
      directories.push_back(std::get<directory_meta>(*(*item)->parsed));
      continue;
    }
    auto e = from.take_entry();
    if (!e) return e.error();
    if (auto const ok = quilt::append_hashed_entry(hashed, *e); !ok) return ok.error();
    if (line == 0) line = from.line_number();
    entries.push_back(std::move(*e));
  }
  sorted = from.sorted();
  return true;
}

WAYBILL_DECL manifest_assembly::manifest_assembly(manifest_header header, read_limits limits)
    : header_{std::move(header)}, limits_{limits}, hash_{header_} {}

WAYBILL_DECL result<void> manifest_assembly::check_first(manifest_part const& part) {
  if (part.entries.size() > limits_.max_entries - entries_.size())
    return make_error(errc::too_large, "the manifest has over " + std::to_string(limits_.max_entries) + " entries");
  if (entries_.empty()) return {};
  auto const ordered = detail::check_neighbours(entries_.back().key, part.entries.front().key);
  if (ordered) {
    sorted_ = sorted_ && *ordered;
    return {};
  }
  auto e = ordered.error();
  e.path = "/logical_key";
  return detail::at_line(std::move(e), part.line);
}

WAYBILL_DECL result<void> manifest_assembly::add(manifest_part part) {
  std::ranges::move(part.directories, std::back_inserter(directories_));
  if (part.entries.empty()) return {};
  if (auto const ok = check_first(part); !ok) return ok;
  auto const total = detail::sum_of_sizes(part.entries, total_size_);
  if (!total) return total.error();
  total_size_ = *total;
  sorted_ = sorted_ && part.sorted;
  if (sorted_) hash_.add_text(part.hashed);
  if (entries_.empty()) entries_ = std::move(part.entries);
  else std::ranges::move(part.entries, std::back_inserter(entries_));
  return {};
}

WAYBILL_DECL result<manifest> manifest_assembly::finish() {
  if (!sorted_) return manifest::create(std::move(header_), std::move(entries_), std::move(directories_));
  if (auto const settled = detail::settle_directories(directories_, entries_); !settled) return settled.error();
  return manifest{std::make_shared<manifest::contents const>(manifest::contents{
      std::move(header_), std::move(entries_), std::move(directories_), hash_.finish(), total_size_})};
}

WAYBILL_DECL result<manifest> load_manifest(byte_source& source, read_limits limits) {
  auto reader = manifest_reader::open(source, limits);
  if (!reader) return reader.error();
  manifest_assembly all{reader->header(), limits};
  for (bool more = true; more;) {
    manifest_part part;
    auto const read = part.read(*reader, detail::lines_of_a_part);
    if (!read) return read.error();
    more = *read;
    if (auto const added = all.add(std::move(part)); !added) return added.error();
  }
  return all.finish();
}

}  // namespace waybill::inline WAYBILL_ABI
