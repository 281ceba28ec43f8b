#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/placement.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/transfer.hpp>
#include <waybill/scan/verify.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

struct materialise_options {
  placement_mode mode = placement_mode::copy;
  bool portable = false;           ///< names other systems cannot hold, and collisions, are errors
  std::vector<algorithm> require;  ///< entries without each of these digests are refused; all are checked
  /// `sync`: files the manifest does not name are removed, after everything else is in place. Files that `.quiltignore`
  /// leaves out (as it was before), links to directories, and what lies in `.waybill`, `.git` and other protected names
  /// stay.
  bool delete_extra = false;
  bool dry_run = false;  ///< only the report
  durability durable = durability::batch;
  stat_cache const* cache = nullptr;  ///< of the target directory; may be null
  /// Where large contents that are no local files wait until they are whole, so that the next run goes on with them
  /// after this one was stopped or killed; may be null.
  partial_files const* partials = nullptr;
};

/// What happened, or with `dry_run` would happen. Lists are in walk order.
struct materialise_report {
  std::vector<std::string> added;
  std::vector<std::string> replaced;
  std::vector<std::string> removed;
  std::uint64_t unchanged = 0;  ///< files that were right already
  std::uint64_t bytes_transferred = 0;
  std::uint64_t bytes_kept = 0;            ///< bytes of files that were right already
  std::vector<name_collision> collisions;  ///< warned of, unless refused
};

/** Makes files of a directory what a subset of a manifest says, moving only the bytes that are missing or different.

    All keys are checked before the first byte is written. Bytes are hashed while they are copied; a file gets its name
    only with the right size and digest, so an interrupted run leaves old or new files, never halves, and repeating
    finishes the job. Files not named stay, unless `delete_extra`; then extra files that stand where directories must
    be, or the other way round, make way first.

    An entry is held against the strongest digest that the kit can compute. A file that is there already is right when
    its size and that digest are (asked of the cache first, read otherwise); its mode and time do not count. With
    `durability::batch` one flush of the file system at the end makes all files safe from a power cut; before it, a file
    under its name is whole for everybody but a crashing kernel.

    @param entries  sorted, the whole manifest or a selection; with `delete_extra` it must be the whole
    @errors errc::unsafe_key, protected_name, unsafe_path, key_conflict, duplicate_key, unsorted, missing_member (no
            size), size_out_of_range, not_portable, digest_required, unknown_algorithm (an entry without a digest that
            can be computed) before anything is written; size_mismatch, digest_mismatch, source_changed,
            object_not_found, interrupted, system errors with part of the files in place; collision when the file system
            itself takes two of the keys for one
*/
[[nodiscard]] WAYBILL_DECL result<materialise_report> materialise(std::span<entry const> entries,
                                                                  root_directory const& target,
                                                                  content_provider& contents,
                                                                  materialise_options const& options = {},
                                                                  job_control const& control = {});

/// What `materialise` would do in a directory that does not exist yet; nothing is made to find out.
/// @errors those of `materialise` that come before anything is written
[[nodiscard]] WAYBILL_DECL result<materialise_report> plan_new_directory(std::span<entry const> entries,
                                                                         materialise_options const& options = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/materialise.ipp>
#endif
