#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/snapshots/rows_file.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/protocol/table/schema.hpp>
#include <waybill/registry/package.hpp>
#include <waybill/registry/registry.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/// Keys of a table's two files in its package: `<table>.csv` and `<table>.schema.json`, where what cannot stand in a
/// key, or a name of a file, is percent-encoded.
struct table_keys {
  std::string rows, columns;
};
[[nodiscard]] WAYBILL_DECL table_keys keys_of(std::string_view table);

/// The one branch that snapshots have.
inline constexpr std::string_view snapshot_branch = "latest";

/** One commit of a database of snapshots: a version of its package. @threads everything is const */
class table_version_set {
 public:
  explicit table_version_set(waybill::package version) : version_{std::move(version)} {}

  [[nodiscard]] std::string commit() const { return version_.top_hash(); }
  [[nodiscard]] waybill::manifest const& manifest() const noexcept { return version_.manifest(); }
  [[nodiscard]] waybill::package const& package() const noexcept { return version_; }
  /// The commit that this one was made from; empty for the first.
  [[nodiscard]] std::optional<std::string> parent() const;
  [[nodiscard]] bool has(std::string_view table) const { return manifest().find(keys_of(table).rows) != nullptr; }
  /// The hash of a table, as it was committed; empty where there is no such table.
  [[nodiscard]] std::optional<std::string> hash_of(std::string_view table) const;
  /// @errors errc::key_not_found; as package::read and parse_schema
  [[nodiscard]] result<schema> columns_of(std::string_view table) const;
  /// The rows' bytes, checked while they are read. @errors as package::open_entry
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view table) const;

 private:
  waybill::package version_;
};

/// The hash of a table in a version that may not be there.
[[nodiscard]] inline std::optional<std::string> hash_in(std::optional<table_version_set> const& version,
                                                        std::string_view table) {
  return version ? version->hash_of(table) : std::nullopt;
}

/// The commit a name stands for: `latest`, a tag, or the commit's own hash, of which 6 digits or more are enough.
/// @errors as registry::resolve
[[nodiscard]] WAYBILL_DECL result<std::string> find_commit(registry const& in, package_name const& name,
                                                           std::string_view text);

/// @errors as registry::load
[[nodiscard]] WAYBILL_DECL result<table_version_set> open_version(registry const& in, package_name const& name,
                                                                  std::string const& commit);
/// What `latest` is; empty where nothing was committed yet. @errors as registry::resolve and load
[[nodiscard]] WAYBILL_DECL result<std::optional<table_version_set>> open_latest(registry const& in,
                                                                                package_name const& name);

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/snapshots/versions.ipp>
#endif
