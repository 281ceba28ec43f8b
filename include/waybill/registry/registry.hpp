#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/registry/gate.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/store/any_store.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// One version of a package as its pointers tell it.
struct version_row {
  std::string top_hash;  ///< 64 hex digits
  timestamp created;     ///< of the newest push of this manifest
  std::optional<std::string> message;
  std::vector<std::string> tags;  ///< sorted
  bool latest = false;
};

/// Who publishes, and texts that no other writer uses; given by the caller, as the kit knows neither.
struct author {
  std::string user;
  std::function<std::string()> nonce;
};

/// What `publish` did.
struct publication {
  std::string top_hash;
  bool new_version = true;              ///< false: `latest` named this manifest already, and no pointer was added
  std::optional<std::string> replaced;  ///< the top hash `latest` had before, where there was one
};

/** Named packages over a store, in Quilt's V1 layout.

    Order of publishing: data, manifest, history, timestamp pointer, `latest`, tags; each change of a pointer is a
    compare-and-swap. So a reader sees only versions whose manifest is there, and of two writers both versions stay, one
    of them latest. Nothing a manifest names is ever overwritten or removed here.
    @threads all members may be called concurrently
*/
class registry {
 public:
  /// @param location  how people name it (`/data/registry`, `s3://bucket`), for messages
  registry(any_store store, std::string location) : store_{std::move(store)}, location_{std::move(location)} {}

  [[nodiscard]] std::string const& location() const noexcept { return location_; }
  [[nodiscard]] any_store& store() noexcept { return store_; }
  [[nodiscard]] any_store const& store() const noexcept { return store_; }

  /// From now on what is published here is written into the packages' histories (registry/package_history.hpp), too.
  void keep_history(author who) { author_ = std::move(who); }
  [[nodiscard]] std::optional<author> const& history_author() const noexcept { return author_; }

  /// Every package with a `latest`, sorted. @errors the store's
  [[nodiscard]] result<std::vector<package_name>> list() const;
  /// Full top hash of a reference. @errors errc::package_not_found, tag_not_found, version_not_found, ambiguous_hash;
  ///         malformed_reference (no hash), usage (no tag); corrupt_state for a damaged pointer; the store's
  [[nodiscard]] result<std::string> resolve(package_ref const& ref) const;
  /// A manifest, checked against the hash it is stored under.
  /// @errors errc::version_not_found, digest_mismatch; as load_manifest, the path behind the manifest's URL
  [[nodiscard]] result<manifest> load(std::string_view top_hash) const;
  /// The manifest's bytes, for streaming; not checked. @errors errc::version_not_found; the store's
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_manifest(std::string_view top_hash) const;
  /// Versions, newest first; damaged manifests included.
  /// @errors errc::package_not_found, corrupt_state (a tag); the store's
  [[nodiscard]] result<std::vector<version_row>> versions(package_name const& name) const;
  /// Tag → top hash. @errors errc::package_not_found, corrupt_state; the store's
  [[nodiscard]] result<std::map<std::string, std::string>> tags(package_name const& name) const;

  /** Stores a manifest and makes it the latest version of `name`; an equal latest version is left as it is.
      @param now   time of the push; a second that is taken already becomes the next free one
      @param held  entered before the bytes were looked for or stored; null: objects that the manifest names are
                   looked for here
      @errors errc::usage (see check_tag); errc::local_pointers unless allowed; errc::refused when the same top hash is
              stored with other metadata of directories, which the hash does not cover; errc::lost_race after several
              lost swaps of `latest` (the version itself is kept), and with `held` when a collection took bytes that
              were found before: push data and manifest again; object_not_found without `held` for bytes that are not
              there; as write_manifest; as package_history::change where histories are kept; the store's */
  [[nodiscard]] result<publication> publish(manifest const& m, package_name const& name,
                                            std::span<std::string const> tags, timestamp now, bool allow_local_files,
                                            passage* held = nullptr);
  /// Sets a tag, or moves it. @errors errc::usage (see check_tag), version_not_found, lost_race; the store's
  [[nodiscard]] result<void> set_tag(package_name const& name, std::string_view tag, std::string_view top_hash);
  /// Removes a tag; its version stays. @errors errc::tag_not_found, lost_race; the store's
  [[nodiscard]] result<void> remove_tag(package_name const& name, std::string_view tag);
  /// Moves `latest`; every version stays. @return the top hash before, empty where it was damaged
  /// @errors errc::package_not_found, version_not_found, lost_race; the store's
  [[nodiscard]] result<std::string> set_latest(package_name const& name, std::string_view top_hash);

  /// True when a place lies in this registry's store, so that a manifest naming it can be published.
  [[nodiscard]] bool owns(physical_key const& place) const;
  /// The store's key of a place it owns; empty for any other place.
  [[nodiscard]] std::optional<std::string> key_of_place(physical_key const& place) const;
  /// What a place it owns says of the object there: its key and, where the place names a version, that.
  [[nodiscard]] std::optional<object_info> object_of_place(physical_key const& place) const;
  /// True for a registry behind a network: each question costs a round trip, and its manifests come from elsewhere.
  [[nodiscard]] bool is_remote() const;
  /// How often bytes are read before it is believed that they are wrong: a network may have damaged them on the way.
  [[nodiscard]] int attempts() const { return is_remote() ? 4 : 1; }
  /** True when this registry has an entry's bytes: at a place it owns, or as an object named by one of the entry's
      digests. The second is what keeps a registry directory whole that was moved: its manifests name the old place. */
  [[nodiscard]] bool holds(entry const& e) const;
  /// True when an entry's bytes lie in a local file and nowhere in this registry.
  [[nodiscard]] bool is_local(entry const& e) const;

 private:
  [[nodiscard]] result<manifest> load_once(std::string_view top_hash) const;
  [[nodiscard]] bool has_package(package_name const& name) const;
  [[nodiscard]] error no_package(package_name const& name) const;
  [[nodiscard]] result<std::string> resolve_hash(package_name const& name, std::string_view prefix) const;

  any_store store_;
  std::string location_;
  std::optional<author> author_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/registry.ipp>
#endif
