#pragma once

#include <waybill/algebra/sorted.hpp>
#include <waybill/config.hpp>
#include <waybill/manifest/entry.hpp>

#include <optional>
#include <span>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// Which side wins where both changed one key differently.
enum class merge_policy { report, ours, theirs };

/// Both sides changed one key since the base, and not to the same thing. An empty side removed it.
struct merge_conflict {
  logical_key key;
  std::optional<entry> base;
  std::optional<entry> ours;
  std::optional<entry> theirs;
};

/// A merge's entries in walk order; a conflicting key keeps its `ours` state there until somebody decides.
struct merge_result {
  std::vector<entry> merged;
  std::vector<merge_conflict> conflicts;
};

/** Three-way merge of entries: a key changed on one side takes that side; changed on both to the same thing takes it.

    Content and metadata of one entry merge independently: new content on one side and new metadata on the other is no
    conflict. Names that end up file and directory at once are conflicts too.
    @pre all three sorted
    @complexity O(base + ours + theirs)
*/
[[nodiscard]] WAYBILL_DECL merge_result merge(std::span<entry const> base, std::span<entry const> ours,
                                              std::span<entry const> theirs,
                                              merge_policy policy = merge_policy::report);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/merge.ipp>
#endif
