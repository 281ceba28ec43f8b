#pragma once

#include <waybill/algebra/combine.hpp>
#include <waybill/json/write.hpp>

#include <cstddef>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The rest of one part; the least key first, and of equal keys the one of the earlier part.
struct part_cursor {
  std::span<entry const> rest;
  std::size_t part;

  friend bool operator<(part_cursor const& a, part_cursor const& b) noexcept {
    auto const order = walk_compare(a.rest.front().key, b.rest.front().key);
    return order != 0 ? order > 0 : a.part > b.part;  // std::priority_queue hands out its greatest
  }
};

inline result<std::vector<entry>> combine_entries(std::span<manifest const> parts) {
  std::priority_queue<part_cursor> queue;
  std::size_t total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    total += parts[i].entries().size();
    if (!parts[i].entries().empty()) queue.push({parts[i].entries(), i});
  }
  std::vector<entry> out;
  out.reserve(total);
  while (!queue.empty()) {
    auto cursor = queue.top();
    queue.pop();
    auto const& e = cursor.rest.front();
    if (out.empty() || out.back().key != e.key) {
      out.push_back(e);
    } else if (compare_entries(out.back(), e) != entry_change::none) {
      return make_error(errc::duplicate_key,
                        "two parts have different entries for this key; part " + std::to_string(cursor.part) +
                            " (counted from 0) disagrees with an earlier one",
                        e.key.str());
    }
    cursor.rest = cursor.rest.subspan(1);
    if (!cursor.rest.empty()) queue.push(cursor);
  }
  return out;
}

inline result<std::vector<directory_meta>> combine_directories(std::span<manifest const> parts) {
  std::map<std::string_view, directory_meta const*, walk_less> all;
  for (auto const& part : parts) {
    for (auto const& d : part.directories()) {
      auto const [known, is_new] = all.try_emplace(d.key, &d);
      if (!is_new && json::canonical(known->second->meta) != json::canonical(d.meta))
        return make_error(errc::duplicate_key, "two parts have different metadata for this directory", d.key.str());
    }
  }
  std::vector<directory_meta> out;
  out.reserve(all.size());
  for (auto const& [key, d] : all) out.push_back(*d);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<manifest> combine(std::span<manifest const> parts) {
  if (parts.empty()) return make_error(errc::usage, "nothing to combine; name at least one manifest");
  auto entries = detail::combine_entries(parts);
  if (!entries) return entries.error();
  auto directories = detail::combine_directories(parts);
  if (!directories) return directories.error();
  return manifest::create(parts.front().header(), std::move(*entries), std::move(*directories));
}

}  // namespace waybill::inline WAYBILL_ABI
