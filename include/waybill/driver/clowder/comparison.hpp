#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/driver/clowder/dataset.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/stat_cache.hpp>
#include <waybill/scan/tree.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// How sure it has to be that the platform has a file's bytes.
enum class proof : std::uint8_t {
  size,    ///< it says so, and their number is right
  digest,  ///< besides, they have the digest we recorded; version 1: and their last one can be read
  full     ///< they were downloaded and hashed, now
};

/// A file of the directory that is uploaded or compared.
struct local_file {
  std::string key;   ///< its place below the directory
  std::string path;  ///< of its bytes
  file_state state;
  digest sha256;
};

/** All files of a directory with their digests, in walk order, and whether the platform would keep their names.

    Links to files below the directory stand for their targets; the top-level directories of version control and of the
    kit are left out.
    @errors errc::malformed_key of check_path; errc::unsafe_path for a link that leads outside; as scan_tree */
[[nodiscard]] WAYBILL_DECL result<std::vector<local_file>> list_local(std::string const& directory, api_version api,
                                                                      stat_cache const* cache,
                                                                      job_control const& control);
/// Keeps their digests for the next run. @param root  the directory's real path
[[nodiscard]] WAYBILL_DECL stat_cache_writer cache_of(std::string_view root, std::vector<local_file> const& files);

enum class file_fate : std::uint8_t {
  unchanged,  ///< the platform has these bytes under this path
  added,      ///< it has nothing there
  changed     ///< it has other bytes there
};

/// What became of one file.
struct compared_file {
  file_fate fate = file_fate::added;
  std::optional<file_row> stored{};       ///< that is the same; of a changed file, the oldest one
  bool recorded = false;                  ///< its digest is in our metadata
  std::vector<std::string> superseded{};  ///< ids of ours that have to go: older contents, copies that came twice
  std::vector<std::string> others{};      ///< ids of the same path that are not ours, and stay
};

/** Holds each file against what the dataset has under its path, on all workers.

    Sizes decide first, then the recorded digest. Where there is none, or with `proof::full`, the stored bytes are
    downloaded and hashed. Files of a path are ours to replace where the kit made the dataset, or recorded them.
    @return one for each file @errors as api */
[[nodiscard]] WAYBILL_DECL result<std::vector<compared_file>> compare_files(api const& platform,
                                                                            std::vector<local_file> const& files,
                                                                            dataset_contents const& contents, proof how,
                                                                            job_control const& control);

/// A directory and a dataset, held against each other.
struct directory_comparison {
  std::vector<local_file> files;        ///< of the directory
  std::vector<compared_file> compared;  ///< one for each
  std::vector<stored_file> only_there;  ///< files of paths that the directory does not have
  std::uint64_t stored_files = 0;       ///< that the dataset has

  [[nodiscard]] bool equal() const noexcept;
};

/// @errors as list_local, compare_files; errc::object_not_found
[[nodiscard]] WAYBILL_DECL result<directory_comparison> compare_directory(api const& platform,
                                                                          std::string const& dataset,
                                                                          std::string const& directory, proof how,
                                                                          stat_cache const* cache,
                                                                          job_control const& control);

/// The digest of stored bytes, of which there must be as many as the platform says.
/// @errors errc::size_mismatch; as api
[[nodiscard]] WAYBILL_DECL result<digest> hash_stored(api const& platform, file_row const& file,
                                                      std::stop_token const& stop);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/comparison.ipp>
#endif
