#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/scan/content_provider.hpp>
#include <waybill/scan/partial.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/object.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// Opens a part of the bytes at a place outside the registry, if they may be had from there.
/// @errors errc::foreign_location, unsupported; what is there says  @threads called concurrently
using place_opener = std::function<result<std::unique_ptr<byte_source>>(physical_key const&, byte_range)>;

/// Which places of a manifest may be followed.
struct place_policy {
  /// `file://` keys outside the registry. On for manifests from a directory registry or a local file, off for
  /// downloaded ones.
  bool file_keys = true;
  place_opener elsewhere{};  ///< for places that are neither files nor in the registry; empty: they are not followed
};

/// What a registry's kind says: file keys are followed unless its manifests come over the network (S3, HTTP).
[[nodiscard]] WAYBILL_DECL place_policy default_policy(registry const& from);

/** Finds the bytes of entries: in the cache and in the registry by digest, then at their places.

    By digest comes first, so that a registry directory that was moved or copied still serves its packages. What was
    pushed with a prefix is found in a moved directory by the end of its old path. A registry behind a network is not
    moved: there the entry's own place comes first, in the version it names, so that an entry is one request. The bytes
    are not checked here: whoever places or reads them does that.
    `open_local` opens what the cache or the registry keeps, never somebody's own file.
    @errors (of open) errc::object_not_found naming every place looked at; errc::foreign_location for a place the policy
            refuses; errc::unsupported for a place of a kind nothing here reads; what the registry's store says where it
            could not be asked for the bytes and no place has them
    @threads concurrent calls are fine; refers to the registry, which must outlive it
*/
class registry_contents final : public content_provider {
 public:
  registry_contents(registry const& from, place_policy policy, std::optional<directory_store> cache = std::nullopt)
      : registry_{&from}, policy_{std::move(policy)}, cache_{std::move(cache)} {}

  [[nodiscard]] result<std::unique_ptr<byte_source>> open(entry const& e) override { return open_part(e, {}); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_from(entry const& e, std::uint64_t offset) override {
    return open_part(e, {offset, {}});
  }
  [[nodiscard]] std::optional<opened_file> open_local(entry const& e) override;
  [[nodiscard]] int attempts() const override { return registry_->attempts(); }

 private:
  using opened = result<std::unique_ptr<byte_source>>;
  [[nodiscard]] opened open_part(entry const& e, byte_range range) const;
  [[nodiscard]] opened open_own_place(entry const& e, byte_range range) const;
  [[nodiscard]] opened open_object(object_info const& info, entry const& e, byte_range range) const;
  [[nodiscard]] opened open_place(entry const& e, physical_key const& place, byte_range range) const;
  [[nodiscard]] std::optional<std::string> moved_key(entry const& e, physical_key const& place) const;

  registry const* registry_;
  place_policy policy_;
  std::optional<directory_store> cache_;
};

/** An entry's bytes as something a store can put: opened anew for every read. @lifetime refers to both arguments */
class entry_content final : public object_content {
 public:
  /// @pre `e.size` is set
  entry_content(entry const& e, content_provider& from) : entry_{&e}, from_{&from} {}
  [[nodiscard]] std::uint64_t size() const override { return entry_->size.value_or(0); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override;

 private:
  entry const* entry_;
  content_provider* from_;
};

/** A cache of contents on this machine, shared by all packages and registries: a directory store of content-addressed
    objects. */
class object_cache {
 public:
  explicit object_cache(directory_store store) : store_{std::move(store)} {}
  [[nodiscard]] directory_store const& store() const noexcept { return store_; }
  /** Copies an entry's bytes in, checked; a no-op when they are there.
      @param partials  keeps what was fetched of large entries when that stops, and is gone on with; may be null
      @return bytes copied
      @errors errc::digest_required for an entry without size or known digest; digest_mismatch; the provider's;
              interrupted where there are `partials` */
  [[nodiscard]] result<std::uint64_t> fetch(entry const& e, content_provider& from,
                                            partial_files const* partials = nullptr, std::stop_token const& stop = {});
  /// Bytes and number of objects held.
  struct usage {
    std::uint64_t bytes = 0;
    std::uint64_t objects = 0;
  };
  /// @errors as directory_store::list  @complexity looks at every file
  [[nodiscard]] result<usage> size() const;
  /// Removes every object. @return what was freed  @errors as directory_store::list and remove; some are then gone
  [[nodiscard]] result<usage> clear();

 private:
  [[nodiscard]] result<void> take_over(partial_file const& whole, std::string const& key, digest_set const& expected);
  directory_store store_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/contents.ipp>
#endif
