#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/driver/clowder/comparison.hpp>
#include <waybill/driver/clowder/target.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

struct upload_options {
  std::string directory;
  upload_target target;
  proof how = proof::digest;
  bool extract = false;               ///< version 1: let the platform's extractors loose on what is uploaded
  bool dry_run = false;               ///< compare only
  std::string dataset{};              ///< id of the dataset; empty: the one of `target`
  std::vector<std::string> only{};    ///< files of the directory that count; empty: all
  stat_cache const* cache = nullptr;  ///< of SHA-256 digests of the directory; may be null
};

/// One file of the dataset.
struct uploaded_file {
  std::string path;
  std::string id;  ///< empty in a dry run for what would be uploaded
  std::uint64_t size = 0;
  digest sha256;
  bool replaced = false;  ///< it took the place of other bytes
};

struct failed_file {
  std::string path;
  error why;
};

/// What an upload did, or with `dry_run` would do. Lists are in walk order.
struct upload_report {
  std::string id;  ///< of the dataset; empty in a dry run that would make it
  std::string title;
  std::string url;
  bool made = false;  ///< the dataset is new
  std::vector<uploaded_file> uploaded{}, unchanged{};
  std::vector<failed_file> failed{};   ///< these alone; a failure of the platform ends the upload
  std::uint64_t bytes = 0;             ///< of uploaded files
  std::vector<std::string> remarks{};  ///< for people
  std::vector<local_file> files{};     ///< all of the directory, for `cache_of`
};

/** Makes a dataset hold what a directory holds: space, dataset and folders that are missing are made, files that are
    missing or different uploaded, several at once; then each is proven to be there, and its digest recorded in the
    dataset's metadata.

    A changed file is uploaded beside the old one, which is removed when the new one is proven: neither version lets a
    key put new bytes under an old file. What an earlier run uploaded and did not come to record is compared by its
    bytes. Files that the directory does not hold stay. After an error the same call goes on.
    @param control  workers: at most `api_options::uploads` of them upload
    @errors those of list_local and of choose_dataset before anything is uploaded; as api */
[[nodiscard]] WAYBILL_DECL result<upload_report> upload_directory(api const& platform, upload_options const& options,
                                                                  job_control const& control);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/upload.ipp>
#endif
