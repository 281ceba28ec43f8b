#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/registry/registry.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/// What moving data into a registry did.
struct transfer_report {
  std::uint64_t files_copied = 0, files_skipped = 0;  ///< skipped: the same bytes were there already
  std::uint64_t bytes_copied = 0, bytes_skipped = 0;
};

struct push_data_options {
  std::optional<std::string> prefix;  ///< keys become `<prefix>/<logical key>`; else content-addressed objects
  bool local_files_only = false;      ///< entries that lie elsewhere already stay where they are
  bool dry_run = false;               ///< counts what would move
  timestamp now{};                    ///< for messages of conflicts only
};

namespace detail {

/** Gives every entry of a draft that lacks them its size and digest, from its local file, on all workers.
    @errors errc::unsupported for an entry that lies elsewhere; digest_mismatch where a digest that is there is wrong; as
            hash_file. Entries hashed before the error keep what was found. */
[[nodiscard]] WAYBILL_DECL result<void> hash_draft(manifest_builder& draft, job_control const& control);

/** Copies a draft's bytes into a registry, and points the draft there once all of them are on disk.
    @pre    every entry has its size and a hash
    @errors as package_builder::push_data; a local file that changed loses its size and digest, so that a build hashes it again */
[[nodiscard]] WAYBILL_DECL result<transfer_report> push_draft(manifest_builder& draft, registry& to,
                                                              push_data_options const& options,
                                                              job_control const& control);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/push_data.ipp>
#endif
