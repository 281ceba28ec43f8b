#pragma once

#include <waybill/algebra/select.hpp>
#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/workspace.hpp>
#include <waybill/scan/placeholder.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/tree.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

struct push_directory_options {
  std::optional<std::string> prefix{};  ///< see push_data_options
  /// What a partial installation placed: entries of the version before that lie outside, and are not in the directory,
  /// stay. Empty: all of it was placed.
  key_filter selection{};
  std::vector<std::string> tags;
  std::optional<std::string> message{};  ///< empty: null
  bool dry_run = false;                  ///< only the report
  timestamp now{};                       ///< of the push, UTC
  stat_cache const* cache = nullptr;     ///< of the directory; may be null
  placeholder_set placeholders{};        ///< that may stand in the directory: they count as the entries they stand for
  /// What the version before names is looked for in the registry, and what that has lost is put back from the
  /// directory.
  bool check = false;
  bool allow_placeholders = false;  ///< files that look like placeholders, and are none of these, are data
  symlink_policy symlinks = symlink_policy::follow;
};

struct push_directory_report {
  manifest pushed;
  std::optional<manifest> before;  ///< the version that was latest, where there was one
  bool new_version = false;        ///< false: nothing changed, nothing was published
  transfer_report data;
  std::uint64_t restored = 0;  ///< of the files copied: those that the registry had lost
  scanned_tree tree;           ///< what the directory held
  /// What its stat cache is to hold, where files were read; empty where the cache is as good as before.
  std::optional<stat_cache_writer> fresh{};
  std::uint64_t left_out = 0;      ///< entries taken over because the directory is a partial installation
  std::uint64_t placeholders = 0;  ///< entries taken over because they were not fetched
};

/** Makes a directory's whole state the next version of a package: additions, changes and deletions.

    Metadata of entries that stay, of directories and of the package is taken over from the version before. An equal
    state makes no new version. The directory is read once to hash it; what is copied is checked against that. What the
    version before names in a registry behind a network is not asked for again, unless `check`.
    @errors errc::usage (see check_tag); refused, naming them, for files that look like placeholders and stand for
            nothing that is known, unless `allow_placeholders`; as registry::load, scan_tree,
            package_builder::push_data, registry::publish
*/
[[nodiscard]] WAYBILL_DECL result<push_directory_report> push_directory(registry& to, package_name const& name,
                                                                        std::string const& directory,
                                                                        push_directory_options const& options,
                                                                        job_control const& control = {});

/// A directory's present state.
struct directory_manifest {
  waybill::manifest manifest;
  scanned_tree tree;  ///< for its stat cache
};

/// The manifest a directory's present state would have as the next version of `base` (metadata taken over; header of
/// `base`).
/// @param base  null for a first version  @param cache  of the directory; may be null
/// @param placeholders  that may stand in the directory: they count as the entries they stand for, in their places
/// @errors as scan_tree and manifest::create
[[nodiscard]] WAYBILL_DECL result<directory_manifest> manifest_of_directory(std::string const& directory,
                                                                            manifest const* base,
                                                                            stat_cache const* cache = nullptr,
                                                                            job_control const& control = {},
                                                                            placeholder_set const& placeholders = {});

/** The manifest of a directory with the digests that `other` has where the two have none in common: such files are
    read again, but for those that are no local files at hand. @pre `now` is as manifest_of_directory makes it
    @errors as hash_file and manifest::create */
[[nodiscard]] WAYBILL_DECL result<manifest> with_digests_of(manifest const& now, manifest const& other,
                                                            job_control const& control = {});

/** Installs a version into a directory and records that it did, so that `status`, `hash` and `push` know the package.

    Placeholders of another version that a lazy installation left, and that nothing takes the place of, are removed:
    nobody could fetch them any more.
    @param include  which entries; none: all  @param tag  recorded as what was asked for
    @errors errc::usage for a selection with `delete_extra`; key_not_found when nothing matches; as materialise and
            workspace::save_installed */
[[nodiscard]] WAYBILL_DECL result<materialise_report> install_package(
    package const& p, std::string const& directory, key_filter const& include, std::optional<std::string> const& tag,
    content_provider& contents, materialise_options const& options, job_control const& control = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/checkout.ipp>
#endif
