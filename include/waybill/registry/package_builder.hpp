#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/push_data.hpp>
#include <waybill/registry/registry.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

struct push_manifest_options {
  std::vector<std::string> tags;
  std::optional<std::string> message;  ///< empty: the draft's own message stays, or null
  bool allow_local_files = false;      ///< publish a manifest that points to files outside the registry
  timestamp now{};
  passage* held = nullptr;  ///< as of registry::publish: entered before data was pushed
};

/** A package in the making: entries from files, directories and other packages, to be built and pushed.

    Local files are named when they are added and hashed when the package is built. What was pushed is never changed
    by a builder; it makes the next version.
    @threads one thread at a time per object
*/
class package_builder {
 public:
  explicit package_builder(package_name name) : name_{std::move(name)} {}
  /// Starts from a published version: its entries, its metadata, its message not.
  explicit package_builder(package const& base);
  /// From a saved draft, with the top hash of its last build if nothing has changed since.
  package_builder(package_name name, manifest_builder draft, std::optional<std::string> top_hash = std::nullopt)
      : name_{std::move(name)}, draft_{std::move(draft)}, top_hash_{std::move(top_hash)} {}

  [[nodiscard]] package_name const& name() const noexcept { return name_; }
  [[nodiscard]] manifest_builder const& draft() const noexcept { return draft_; }
  /// Top hash of the last build, while nothing has changed since; empty for a pre-manifest.
  [[nodiscard]] std::optional<std::string> top_hash() const { return top_hash_; }

  /// Adds one file under a new key, or replaces it; without `user_meta` a replaced entry keeps its metadata, so that
  /// labels survive a corrected file. @errors errc::file_not_found, malformed_key, key_conflict
  [[nodiscard]] result<void> set_file(std::string_view key, std::string const& path,
                                      std::optional<json::value> user_meta = std::nullopt);
  /// Adds an object elsewhere by its URL and, where known, size and digests. @errors errc::malformed_key, key_conflict
  [[nodiscard]] result<void> set_entry(entry e);
  /// Adds the files of a directory below `key` (`""`: the root), replacing equal keys, whose metadata stays. All or
  /// nothing.
  /// @return files added  @errors as scan_tree; key_conflict
  [[nodiscard]] result<std::uint64_t> add_directory(std::string_view key, std::string const& path);
  /// Adds another package's entries and metadata of directories below `prefix`, replacing equal keys; no bytes are
  /// moved. All or nothing. @return entries added  @errors errc::malformed_key, key_conflict
  [[nodiscard]] result<std::uint64_t> add_package(manifest const& other, std::string_view prefix = {});
  /// Removes an entry, or a directory with all that is below it. @return entries removed  @errors errc::key_not_found
  [[nodiscard]] result<std::size_t> remove(std::string_view key);
  /// Renames a key, or the contents of a directory when `from` ends in `/`; a file moved to `DIR/` keeps its name
  /// there.
  /// @return entries moved
  /// @errors errc::collision naming both keys, unless `overwrite`; key_not_found
  [[nodiscard]] result<std::size_t> move(std::string_view from, std::string_view to, bool overwrite);
  /// Sets user metadata of an entry, of a directory (`dir/`), or of the package (`.`). @errors errc::key_not_found
  [[nodiscard]] result<void> set_meta(std::string_view key, json::value meta);
  void set_message(std::optional<std::string_view> text);

  /** Where each top-level name points, as people read it: `train/ -> file:///data/train/...`.

      A directory whose entries come from several places has a row for each, the most common first; a place with one
      entry is shown as that entry. Beyond 20 rows of one directory the last one says how many more there are. */
  struct content_row {
    std::string key;     ///< a directory ends in `/`
    std::string target;  ///< a URL; of a directory the common prefix of its entries' places, with `...`
    bool local = false;  ///< points to files outside any registry
  };
  [[nodiscard]] std::vector<content_row> contents(registry const* owner = nullptr) const;
  /// Entries that point to local files outside the registry.
  [[nodiscard]] std::uint64_t local_entries(registry const& owner) const;

  /// Hashes what has no size or digest yet, and seals.
  /// @errors errc::unsupported for an entry elsewhere without size and digest; digest_mismatch where a digest that is
  ///         there is wrong; interrupted; as hash_file and manifest::create
  [[nodiscard]] result<manifest> build(job_control const& control = {});
  /** Copies bytes into a registry and points the draft at them.
      What is there already is skipped. With a prefix, a key that holds other bytes is refused, never overwritten.
      @errors errc::usage, protected_name for the prefix; collision naming the key; unknown_algorithm for bytes that
              cannot be checked; size_mismatch for damaged bytes in the registry; source_changed; interrupted; as
              `build`, registry_contents and the store's `put` */
  [[nodiscard]] result<transfer_report> push_data(registry& to, push_data_options const& options = {},
                                                  job_control const& control = {});
  /// Builds if needed and publishes. @param done  set to what publishing did; may be null
  /// @errors as `build` and registry::publish
  [[nodiscard]] result<package> push_manifest(registry& to, push_manifest_options const& options,
                                              publication* done = nullptr, job_control const& control = {});
  /** The draft as a package, if good practice allows it: all bytes in a registry and the manifest published there.
      @errors errc::local_pointers, refused (manifest not in the registry); the detail names the call or flag that
              helps; as `build` */
  [[nodiscard]] result<package> as_package(registry const& in, bool allow_local_files = false,
                                           bool allow_local_manifest = false);

 private:
  void touched() noexcept { top_hash_.reset(); }
  [[nodiscard]] result<std::uint64_t> add_all(std::string_view prefix, std::vector<entry> entries,
                                              std::span<directory_meta const> directories, bool keep_meta);

  package_name name_;
  manifest_builder draft_;
  std::optional<std::string> top_hash_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/package_builder.ipp>
#endif
