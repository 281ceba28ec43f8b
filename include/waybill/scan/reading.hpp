#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What became of a name of the listing.
enum class file_fate : std::uint8_t {
  left_out,    ///< a link that leads to no regular file
  listed,      ///< its state is known, its content was not wanted
  read,        ///< its content was read
  from_cache,  ///< its digests are those of an earlier scan
  placeholder  ///< its content was read, and looks like a placeholder
};

/// The files of a tree by their number in its listing.
struct tree_content {
  tree_listing listing;
  std::vector<algorithm> algorithms;  ///< as `ordered_algorithms` gives them; empty: content is not wanted
  std::vector<file_state> states{};
  std::vector<std::byte> digests{};  ///< packed
  std::vector<file_fate> fates{};
  std::map<std::uint64_t, std::string> targets{};  ///< real paths of links
  std::uint64_t file_count = 0, total_size = 0;    ///< of what is not left out
  std::uint64_t files_read = 0, bytes_read = 0;

  [[nodiscard]] std::size_t digest_size() const noexcept { return packed_size(algorithms); }
};

struct reading_options {
  stat_cache const* cache = nullptr;
  bool refuse_links_out = false;  ///< those that leave the tree
  bool skip_links_out = false;
};

/** Finds out states and digests of all listed files, on all workers.
    @errors errc::source_changed, unsafe_path, unknown_algorithm, interrupted, system errors; the path names the file */
[[nodiscard]] WAYBILL_DECL result<void> read_files(tree_content& tree, reading_options const& options,
                                                   job_control const& control);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/reading.ipp>
#endif
