#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/entry.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** The header of a manifest: `version`, `user_meta`, `message` and whatever else its writer put there, in order. */
struct manifest_header {
  json::object members{{"version", "v0"}};

  /// The message; empty when absent or no string.
  [[nodiscard]] std::optional<std::string> message() const;
  /// The package's metadata; a null pointer when absent. @lifetime refers to this header
  [[nodiscard]] json::value const* user_meta() const noexcept;
  /// In its place when it is there, else at the end, as quilt3 does.
  void set_message(std::optional<std::string_view> text);
  void set_user_meta(json::value meta);

  friend bool operator==(manifest_header const&, manifest_header const&) = default;
};

class manifest_assembly;

namespace detail {

/** True when `key` comes after `previous` in walk order, false when before.
    @errors errc::duplicate_key when they are equal; key_conflict when one is a directory of the other */
[[nodiscard]] WAYBILL_DECL result<bool> check_neighbours(std::string_view previous, std::string_view key);
[[nodiscard]] WAYBILL_DECL error key_conflict_error(std::string_view file, std::string_view below);
/// @pre entries in walk order  @errors as top_hasher::add
[[nodiscard]] WAYBILL_DECL result<digest> top_hash_of(manifest_header const& header, std::span<entry const> entries);
/// @param before  the sum of those before  @errors errc::size_out_of_range
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> sum_of_sizes(std::span<entry const> entries, std::uint64_t before);
/// Sorts, keeps the last of equal keys, and drops what quilt3 does not write.
/// @errors errc::key_conflict with an entry, wrong_type
[[nodiscard]] WAYBILL_DECL result<void> settle_directories(std::vector<directory_meta>& directories,
                                                           std::span<entry const> entries);

}  // namespace detail

/** An immutable dataset version: a header, entries in walk order, and metadata of directories.

    Its identity is the top hash; two manifests are equal when their top hashes are. Entries are unique, none is a
    directory of another, every one has a size and a hash, and the sum of sizes fits 63 bits. Copies share storage.
    @threads everything is const; any number of threads
*/
class manifest {
 public:
  /** Checks and seals.
      @param entries     in any order; sorted here when they are not in walk order
      @param directories in any order; of a repeated key the last counts; those with null or `{}` metadata are dropped,
                         as quilt3 writes none
      @errors errc::duplicate_key, key_conflict, size_out_of_range; missing_member for an entry without size or hash,
              wrong_type for metadata that is no object, not_representable never (that is the writer's)
      @complexity O(n) when sorted, else O(n log n); hashes every entry's canonical form once
  */
  [[nodiscard]] static result<manifest> create(manifest_header header, std::vector<entry> entries,
                                               std::vector<directory_meta> directories = {});

  [[nodiscard]] manifest_header const& header() const noexcept { return data_->header; }
  /// Walk order. @lifetime refers to this manifest or any copy
  [[nodiscard]] std::span<entry const> entries() const noexcept { return data_->entries; }
  /// Depth first, parents first, names sorted.
  [[nodiscard]] std::span<directory_meta const> directories() const noexcept { return data_->directories; }
  /// SHA-256; 64 hex digits as text.
  [[nodiscard]] digest const& top_hash() const noexcept { return data_->top_hash; }
  [[nodiscard]] std::uint64_t total_size() const noexcept { return data_->total_size; }

  /// The entry of that key, or null. @complexity O(log n)
  [[nodiscard]] entry const* find(std::string_view key) const noexcept;
  /// Entries below a directory (`""` is all), a contiguous part of `entries()`. @complexity O(log n)
  [[nodiscard]] std::span<entry const> below(std::string_view directory) const noexcept;
  /// The metadata of a directory, or null.
  [[nodiscard]] json::value const* directory(std::string_view key) const noexcept;

  friend bool operator==(manifest const& a, manifest const& b) noexcept { return a.top_hash() == b.top_hash(); }

 private:
  friend class manifest_assembly;  // which has checked and hashed entry by entry
  struct contents {
    manifest_header header;
    std::vector<entry> entries;
    std::vector<directory_meta> directories;
    digest top_hash;
    std::uint64_t total_size;
  };
  explicit manifest(std::shared_ptr<contents const> data) noexcept : data_{std::move(data)} {}
  std::shared_ptr<contents const> data_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/manifest.ipp>
#endif
