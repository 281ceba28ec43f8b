#pragma once

#include <waybill/scan/reading_item.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL void queue_all(tree_listing const& listing, unsigned workers, work_queue<reading_item>& queue) {
  auto const share = listing.files / (std::uint64_t{8} * workers) + 1;
  auto const run = static_cast<std::uint32_t>(std::min<std::uint64_t>(share, most_children_of_item));
  auto const& directories = listing.directories;
  for (std::uint32_t i = 0; i < directories.size(); ++i) {
    if (directories[i].files == 0) continue;
    auto const end = static_cast<std::uint32_t>(directories[i].children.size());
    for (std::uint32_t first = 0; first < end; first += std::min(run, end - first))
      queue.push({i, first, first + std::min(run, end - first)});
  }
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
