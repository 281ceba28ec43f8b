#pragma once

#include <waybill/config.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/clowder/answers.hpp>
#include <waybill/protocol/clowder/records.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// The folder of a path, empty at the top, and what stands behind it. @lifetime refers to the path
[[nodiscard]] inline std::string_view directory_of(std::string_view path) noexcept {
  auto const slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}
[[nodiscard]] inline std::string_view name_in(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

/// A stored file and its place: folders, `/`, name.
struct stored_file {
  std::string path;
  file_row row;
};

/// What a dataset holds.
struct dataset_contents {
  std::map<std::string, std::string, walk_less> folders{};         ///< ids by path; of several of one path, the oldest
  std::map<std::string, std::string, std::less<>> folder_paths{};  ///< paths by id, of all
  std::vector<stored_file> files{};                                ///< in walk order; of one path, the oldest first
  dataset_records records{};

  /// All files of one path. @lifetime refers to this object
  [[nodiscard]] std::span<stored_file const> of(std::string_view path) const;
  /// What is known of a file's content; null for nothing. @lifetime refers to this object
  [[nodiscard]] file_record const* known(file_row const& file) const noexcept {
    auto const* record = records.find(file.id, file.version);
    return record != nullptr && record->size == file.size ? record : nullptr;
  }
};

/// Our metadata of a dataset. @errors as api
[[nodiscard]] WAYBILL_DECL result<dataset_records> read_records(api const& platform, std::string const& dataset);
/// Lists all of it: folders, files, our metadata. @errors as api
[[nodiscard]] WAYBILL_DECL result<dataset_contents> read_contents(api const& platform, std::string const& dataset);

/// The files of a dataset alone, as `dataset_contents` has them; those in folders that came after these are left out.
[[nodiscard]] WAYBILL_DECL result<std::vector<stored_file>> list_files(
    api const& platform, std::string const& dataset,
    std::map<std::string, std::string, std::less<>> const& folder_paths);

/// All datasets that the key's owner may see, as the platform orders them.
[[nodiscard]] WAYBILL_DECL result<std::vector<dataset_row>> list_datasets(api const& platform, std::string_view title);
/// One dataset. @errors errc::object_not_found, also for what is no id
[[nodiscard]] WAYBILL_DECL result<dataset_row> get_dataset(api const& platform, std::string const& id);

/** Makes a folder and those above it, unless they are there.
    @param contents  gets the new ones
    @return its id; empty for the top
    @errors errc::permanent where the platform calls it otherwise */
[[nodiscard]] WAYBILL_DECL result<std::string> make_folder(api const& platform, std::string const& dataset,
                                                           dataset_contents& contents, std::string_view path);

/// Adds a record to the metadata of a dataset. @param content  `content_of`
[[nodiscard]] WAYBILL_DECL result<void> add_record(api const& platform, std::string const& dataset,
                                                   json::object content);

/// Freezes a dataset as it is (version 2). @return the number of that version
/// @errors errc::unsupported by version 1
[[nodiscard]] WAYBILL_DECL result<std::uint64_t> freeze(api const& platform, std::string const& dataset);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/dataset.ipp>
#endif
