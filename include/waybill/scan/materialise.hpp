#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/placement.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/verify.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** Where the bytes of entries come from. @threads called concurrently */
class content_provider {
 public:
  virtual ~content_provider() = default;
  /// The entry's bytes from the start. @errors errc::object_not_found naming where was looked; whatever the store says
  [[nodiscard]] virtual result<std::unique_ptr<byte_source>> open(entry const& e) = 0;
  /// A local file that holds exactly these bytes and may be hard-linked or cloned; empty when there is none.
  [[nodiscard]] virtual std::optional<std::string> local_file(entry const& e) = 0;
};

/// How bytes get into place.
enum class placement_mode : std::uint8_t {
  copy,      ///< an independent file (cloned where the file system shares blocks)
  hard_link  ///< the store's own file under a second name, read-only: fast, but editing it in place would damage the store
};

struct materialise_options {
  placement_mode mode = placement_mode::copy;
  bool portable = false;                       ///< names other systems cannot hold, and collisions, are errors
  std::vector<algorithm> require;              ///< entries without one of these digests are refused
  bool delete_extra = false;                   ///< `sync`: files the manifest does not name are removed
  bool dry_run = false;                        ///< only the report
  durability durable = durability::batch;
  stat_cache const* cache = nullptr;           ///< of the target directory; may be null
};

/// What happened, or with `dry_run` would happen. Lists are in walk order.
struct materialise_report {
  std::vector<std::string> added;
  std::vector<std::string> replaced;
  std::vector<std::string> removed;
  std::uint64_t unchanged = 0;                 ///< files that were right already
  std::uint64_t bytes_transferred = 0;
  std::uint64_t bytes_kept = 0;                ///< bytes of files that were right already
  std::vector<name_collision> collisions;      ///< warned of, unless refused
};

/** Makes files of a directory what a subset of a manifest says, moving only the bytes that are missing or different.

    All keys are checked before the first byte is written. Bytes are hashed while they are copied; a file gets its name
    only with the right size and digest, so an interrupted run leaves old or new files, never halves, and repeating
    finishes the job. Files not named stay, unless `delete_extra`.

    @param entries  sorted, the whole manifest or a selection; with `delete_extra` it must be the whole
    @errors errc::unsafe_key, protected_name, unsafe_path, key_conflict, not_portable, digest_required, unknown_algorithm (an
            entry whose only hash is of an unknown kind) before anything is written; size_mismatch, digest_mismatch,
            object_not_found, interrupted, system errors with part of the files in place
*/
[[nodiscard]] WAYBILL_DECL result<materialise_report> materialise(std::span<entry const> entries,
                                                                  root_directory const& target,
                                                                  content_provider& contents,
                                                                  materialise_options const& options = {},
                                                                  job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/materialise.ipp>
#endif
