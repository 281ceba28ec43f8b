#pragma once

#include <waybill/algebra/diff.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/registry/gate.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/registry/workspace.hpp>
#include <waybill/scan/partial.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/tree.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/console.hpp"
#include "common/network.hpp"
#include "common/settings.hpp"

namespace waybill_cli {

/// Everything a verb needs from the world: console, settings, clock, registry, caches.
class context {
 public:
  console out;
  settings config;
  bool dry_run = false;
  bool allow_file_keys = false;  ///< files that a manifest from the network names may be read
  std::stop_token stop;
  std::optional<double> stall;  ///< seconds without a byte, where `--timeout` limits those
  std::shared_ptr<network> net;

  /// Workers and progress for one job.
  [[nodiscard]] waybill::job_control control() const;
  /// The same for one that talks to a registry: behind a network most workers wait.
  [[nodiscard]] waybill::job_control control(waybill::registry const& with) const;
  [[nodiscard]] static waybill::timestamp now();

  /// The registry the settings name. @errors errc::file_not_found when it does not exist yet
  [[nodiscard]] waybill::result<waybill::registry> open_registry() const;
  /// The same to publish to: made when it is missing; a dry run then gets an empty one in memory.
  /// Says where it goes to when only the workspace's file names it.
  [[nodiscard]] waybill::result<waybill::registry> open_registry_to_push() const;
  /// Who this is in histories: `WAYBILL_USER`, else the system's name of the user; and random texts.
  [[nodiscard]] static waybill::author author();
  /// A registry by its location: a directory, `file://…` or `s3://bucket`. @errors errc::unsupported for other schemes
  [[nodiscard]] waybill::result<waybill::registry> open_registry_at(std::string const& location, bool create) const;
  /// Before what a registry holds is looked for and something is published: see waybill::passage. Empty in a dry run.
  [[nodiscard]] waybill::result<std::optional<waybill::passage>> enter(waybill::registry& to) const;
  /// The registry of a quilt+ URI, else the settings'.
  [[nodiscard]] waybill::result<waybill::registry> registry_of(waybill::package_ref const& ref) const;
  [[nodiscard]] waybill::result<waybill::package> open_package(std::string_view ref) const;

  /// The content cache all verbs share; empty when there is none yet and none is to be made.
  [[nodiscard]] waybill::result<std::optional<waybill::object_cache>> open_cache(bool create) const;
  /// Unfinished downloads, of all verbs. @errors as partial_files::open
  [[nodiscard]] static waybill::result<waybill::partial_files> open_partials();
  /// Where large contents of a registry behind a network wait until they are whole; empty for others, and where that
  /// place cannot be had: then an interrupted file begins anew.
  [[nodiscard]] std::unique_ptr<waybill::partial_files const> open_partials(waybill::registry const& from) const;
  /// Where the bytes of a registry's entries are found: cache, registry, their places.
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::content_provider>> contents_of(
      waybill::registry const& from) const;
  /// Which places of a registry's manifests are read.
  [[nodiscard]] waybill::place_policy places_of(waybill::registry const& from) const;

  /// Digests of a directory's last scan, kept per real path below the cache home.
  [[nodiscard]] waybill::stat_cache load_stat_cache(std::string const& directory,
                                                    std::vector<waybill::algorithm> const& algorithms) const;
  /// Keeps a scan's digests for the next one unless this is a dry run; failing to costs only time: a remark with `-v`.
  /// @param begun  the time before the scan
  void keep_stat_cache(waybill::scanned_tree const& tree, waybill::timestamp begun) const;
  /// The same for what was hashed apart from a scan.
  void keep_stat_cache(waybill::stat_cache_writer fresh, std::string const& directory, waybill::timestamp begun) const;
  /// Scans with the cache, and keeps it.
  [[nodiscard]] waybill::result<waybill::scanned_tree> scan(
      std::string const& directory, waybill::symlink_policy symlinks = waybill::symlink_policy::follow) const;

  /** The manifest a REF stands for: a version in a registry, a manifest file, `-`, or what a directory holds now.
      A directory's manifest takes over header and metadata of the version it was installed from, if any. */
  [[nodiscard]] waybill::result<waybill::manifest> load(std::string_view ref) const;
  [[nodiscard]] waybill::result<waybill::manifest> load_path(std::string const& path) const;
  /// What a directory holds now. @param installed  what was installed in it
  [[nodiscard]] waybill::result<waybill::manifest> load_directory(
      std::string const& path, std::optional<waybill::installed_package> const& installed) const;

  /// What differs between two REFs; stored manifests are streamed in constant memory.
  [[nodiscard]] waybill::result<waybill::diff> diff(std::string_view before, std::string_view after) const;

 private:
  /// The bytes of a stored manifest; a null pointer when `ref` is a directory.
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open_stream(std::string_view ref) const;
};

/// The present directory's workspace, or the nearest above. @errors errc::no_workspace
[[nodiscard]] waybill::result<waybill::workspace> present_workspace();

}  // namespace waybill_cli
