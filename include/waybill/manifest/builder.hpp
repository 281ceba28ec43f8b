#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** A manifest in the making: entries may still lack size and hash, keys may still change.

    Every operation keeps the rule that no name is a file and a directory at once; one that would break it changes
    nothing. Directories exist through their entries or their metadata.
    @complexity O(log n) an operation, O(moved log n) for moves
    @threads    one thread at a time per object
*/
class manifest_builder {
 public:
  using entry_map = std::map<std::string, entry, walk_less>;
  using directory_map = std::map<std::string, json::value, walk_less>;

  manifest_builder() = default;
  explicit manifest_builder(manifest const& base);

  manifest_header header;

  [[nodiscard]] entry_map const& entries() const noexcept { return entries_; }
  [[nodiscard]] directory_map const& directories() const noexcept { return directories_; }
  /// The entry of that key, or null. @lifetime until the entry is replaced, removed or moved
  [[nodiscard]] entry const* find(std::string_view key) const noexcept;
  /// True when an entry lies below `key`.
  [[nodiscard]] bool is_directory(std::string_view key) const noexcept;

  /// Adds, or replaces the entry of that key. @errors errc::key_conflict
  [[nodiscard]] result<void> set(entry e);
  /// Changes an entry in place; the key must stay. @lifetime as `find`  @errors errc::key_not_found
  [[nodiscard]] result<entry*> edit(std::string_view key);
  /// Removes an entry, or everything below a directory and its metadata. @return entries removed
  /// @errors errc::key_not_found
  [[nodiscard]] result<std::size_t> remove(std::string_view key);
  /** Renames one entry (`from`, `to` without trailing `/`); onto itself is nothing.
      @errors errc::key_not_found; errc::collision when `to` exists and `overwrite` is off, naming both; key_conflict;
              malformed_key */
  [[nodiscard]] result<void> move_entry(std::string_view from, std::string_view to, bool overwrite);
  /** Moves everything below directory `from` to below `to` (either may be `""`, the root). All or nothing.

      Metadata of directories travels, that of `from` itself to `to` (it ends with `from` when `to` is the root, whose
      metadata is the header's); other metadata at the target is a collision as well. The root can be moved into a
      directory, a directory cannot be moved into one of its own.
      @return entries moved  @errors as move_entry, the first collision in walk order is named; refused */
  [[nodiscard]] result<std::size_t> move_contents(std::string_view from, std::string_view to, bool overwrite);
  /// Sets a directory's metadata; null or `{}` takes it away.
  /// @errors errc::key_conflict when it is a file or below one; malformed_key; wrong_type when it is no object
  [[nodiscard]] result<void> set_directory_meta(std::string_view key, json::value meta);

  /// Seals a copy. @errors as manifest::create
  [[nodiscard]] result<manifest> build() const;

 private:
  /// Would `key` be a file and a directory at once? Entries at `key` itself do not count.
  [[nodiscard]] result<void> check_shape(std::string_view key) const;
  /// No entry stands above `key`.
  [[nodiscard]] result<void> check_ancestors(std::string_view key) const;
  struct moving;
  [[nodiscard]] result<void> check_target(moving const& parts, std::string_view from, std::string_view to,
                                          bool overwrite) const;

  entry_map entries_;
  directory_map directories_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/builder.ipp>
#endif
