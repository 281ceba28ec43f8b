#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/ignore.hpp>

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What stands in a directory under a name; links are looked at later.
enum class child_kind : std::uint8_t { file, link, directory };

/// A name of a directory. Twelve bytes, because there is one for every file of a tree.
struct listed_child {
  std::uint32_t name_at = 0;  ///< in the directory's `names`
  std::uint16_t name_size = 0;
  child_kind kind = child_kind::file;
  std::uint32_t index = 0;  ///< of the directory in the listing; of a file or link within its directory's files
};

struct listed_directory {
  std::string path;                    ///< below the root, without `/` at its ends; empty for the root
  std::string names;                   ///< all names, each with a zero behind it: `name_of(c).data()` is a C string
  std::vector<listed_child> children;  ///< by name, byte-wise: with directories at their bare names this is walk order
  std::uint64_t first_file = 0;        ///< number of its first file or link in the whole listing
  std::uint32_t files = 0;             ///< files and links

  [[nodiscard]] std::string_view name_of(listed_child const& c) const noexcept {
    return std::string_view{names}.substr(c.name_at, c.name_size);
  }
};

/// The names of a tree; the root is the first directory.
struct tree_listing {
  std::string root;  ///< real path
  file_descriptor root_fd;
  std::deque<listed_directory> directories;
  std::uint64_t files = 0;  ///< files and links, numbered directory by directory

  /// `root` + `/` + `below`.
  [[nodiscard]] std::string path_of(std::string_view below) const;
  [[nodiscard]] std::string path_of(listed_directory const& d, std::string_view name) const;
};

struct listing_options {
  std::span<std::string const> skip_top_level;
  bool skip_links = false;
};

/** Names of all regular files, links and directories that the root's `.quiltignore` leaves.

    Every directory is opened once and closed before the next one: the number of descriptors does not depend on the
    tree.
    @errors errc::file_not_found, malformed_key (a file whose key is not UTF-8), source_changed (a directory went away),
            interrupted, system errors
*/
[[nodiscard]] WAYBILL_DECL result<tree_listing> list_tree(std::string const& root, listing_options const& options,
                                                          job_control const& control);

/// The real path of something that exists. @errors errc::file_not_found, system errors
[[nodiscard]] WAYBILL_DECL result<std::string> real_path(std::string const& path);

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/listing.ipp>
#endif
