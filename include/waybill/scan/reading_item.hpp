#pragma once

#include <waybill/config.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/work_queue.hpp>

#include <cstdint>
#include <memory>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// A run of a directory's children, or a hand in a large file that is hashed in parts.
struct reading_item {
  std::uint32_t directory = 0;
  std::uint32_t first = 0, last = 0;  ///< children
  bool alone = false;                 ///< one large file, met before: hash it now
  std::shared_ptr<part_job> job{};
  std::uint64_t job_file = 0;  ///< number of the job's file
};

inline constexpr std::uint32_t most_children_of_item = 256;
/// Files from this size on are items of their own, and so is the rest of a run after as many bytes.
inline constexpr std::uint64_t large_file = std::uint64_t{4} << 20;

/** Deals the children of all directories that hold files out into runs, directory by directory: several for each
    worker, so that a tree of one directory keeps all of them busy, and none longer than `most_children_of_item`.
    @complexity O(runs) */
WAYBILL_DECL void queue_all(tree_listing const& listing, unsigned workers, work_queue<reading_item>& queue);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/reading_item.ipp>
#endif
