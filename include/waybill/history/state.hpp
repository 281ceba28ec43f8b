#pragma once

#include <waybill/config.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace history {

/// What metadata belongs to: a file (its key), a directory (`dir/`), or the dataset (empty).
using meta_owner = std::optional<std::string>;

/** What a dataset holds at one point of its history: files, their metadata, that of directories and its own.

    A manifest nobody changes, and what became of it: a copy costs what was changed, however large the manifest is.
    @complexity O(log n) an operation  @threads one thread at a time per object
*/
class state {
 public:
  state() = default;  ///< nothing
  explicit state(manifest base);
  using changes = std::map<std::string, std::shared_ptr<entry const>, walk_less>;
  using directory_map = std::map<std::string, json::value, walk_less>;
  /// The same base, and what became of it, as a checkpoint keeps it.
  [[nodiscard]] state with(changes changed, directory_map directories, json::value meta) const;

  /// The file of that key, or null. @lifetime until it is changed
  [[nodiscard]] entry const* find(std::string_view key) const;
  /// The name that keeps `key` from being a file: a file above it, or a file (or `dir/`, by its metadata) below it.
  /// Empty: none. The file `key` itself does not count.
  [[nodiscard]] std::optional<std::string> in_the_way(std::string_view key) const;
  /// Adds, or replaces the file of that key. @pre nothing is in its way
  void set(entry e);
  void erase(std::string_view key);

  /// False for a file that is not there, and for a directory whose name is a file's.
  [[nodiscard]] bool can_have_meta(meta_owner const& owner) const;
  /// A metadata field, or null. @lifetime until it is changed
  [[nodiscard]] json::value const* field(meta_owner const& owner, std::string_view name) const;
  /// Sets a field, or takes it away. @pre can_have_meta(owner)
  void set_field(meta_owner const& owner, std::string_view name, std::optional<json::value> value);

  /// The dataset's own metadata; null or an object. @lifetime until it is changed
  [[nodiscard]] json::value const& meta() const noexcept { return meta_; }
  /// Metadata of directories by name, without `/` at its end; objects that are not empty.
  [[nodiscard]] directory_map const& directories() const noexcept { return directories_; }
  /// Every file in walk order. @complexity O(n)
  void each(std::function<void(entry const&)> const& visit) const;
  /// Files that are other than in the base; null: gone.
  [[nodiscard]] changes const& changed() const noexcept { return changed_; }

  /** Seals what there is now. @param header  all but its metadata, which is the state's where that was changed
      @errors as manifest::create  @complexity O(n) */
  [[nodiscard]] result<manifest> to_manifest(manifest_header header) const;

  /// What some keys hold, to be put back: the way to do several changes all or not at all.
  struct kept {
    std::vector<std::pair<std::string, std::optional<std::shared_ptr<entry const>>>> files;
    directory_map directories;
    json::value meta;
  };
  [[nodiscard]] kept keep(std::vector<std::string> const& keys) const;
  void put_back(kept const& before);

 private:
  [[nodiscard]] json::value const* fields(meta_owner const& owner) const;
  [[nodiscard]] std::optional<std::string> below(std::string_view key) const;

  std::optional<manifest> base_;
  changes changed_;
  directory_map directories_;
  json::value meta_;
};

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/history/state.ipp>
#endif
