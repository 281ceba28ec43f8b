#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/fwd.hpp>
#include <waybill/registry/part_sums.hpp>
#include <waybill/scan/placeholder.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/tree.hpp>

#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI::detail {

/// Hashes a directory with what its files need so that those that did not change keep the digest that `base` has.
/// @param base  may be null  @errors as scan_tree
[[nodiscard]] WAYBILL_DECL result<scanned_tree> scan_for(manifest const* base, std::string const& directory,
                                                         stat_cache const* cache, job_control const& control,
                                                         symlink_policy symlinks = symlink_policy::follow);

/// What a directory holds, as a push sees it.
struct directory_state {
  scanned_tree tree;
  tree_entries files;
  std::optional<stat_cache_writer> fresh{};  ///< for its stat cache, where files were read without the tree's knowing
};

/** Reads a directory that is to be pushed.
    @param parts        gets the sums of what is read, for a registry behind a network; null for any other
    @param placeholders  that may stand in the directory
    @errors as scan_tree, hash_entries */
[[nodiscard]] WAYBILL_DECL result<directory_state> read_directory(manifest const* base, std::string const& directory,
                                                                  stat_cache const* cache,
                                                                  placeholder_set const& placeholders,
                                                                  job_control const& control, part_sums* parts,
                                                                  symlink_policy symlinks = symlink_policy::follow);

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/directory_state.ipp>
#endif
