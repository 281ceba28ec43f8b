#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/fwd.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/ignore.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What a scan does with symbolic links to regular files. Links to directories and broken links are skipped, as in
/// quilt3.
enum class symlink_policy : std::uint8_t {
  follow,          ///< an entry under the link's name, bytes and physical key of the target: quilt3's rule
  inside_only,     ///< as `follow` while the target lies in the tree, else errc::unsafe_path
  inside_or_skip,  ///< as `follow` while the target lies in the tree, else left out
  skip             ///< left out
};

struct scan_options {
  std::vector<algorithm> algorithms{algorithms::sha2_256_chunked};
  symlink_policy symlinks = symlink_policy::follow;
  /// Content is not read; files have no digests.
  bool stat_only = false;
  /// Top-level names that do not belong to a dataset: the kit's own, and those of version control, which are never
  /// placed either.
  std::vector<std::string> skip_top_level{".waybill", ".git", ".hg", ".svn", ".dvc"};
  /// Digests of an earlier scan; may be null. @lifetime must outlive the scan
  stat_cache const* cache = nullptr;
};

/// One regular file of a tree.
struct scanned_file {
  std::string_view key;   ///< logical key; @lifetime of the call it is passed to
  std::string_view path;  ///< absolute real path of the bytes (differs from root + key for a link)
  file_state state;
  digest_set digests;  ///< empty after a stat-only scan
  bool from_cache = false;
  /// Begins as placeholders do (see scan/placeholder.hpp). Never after a stat-only scan, and never known from a cache:
  /// such files are not kept in one, so every scan reads them.
  bool looks_like_placeholder = false;
};

namespace detail {

/// Where a walk through a tree stands.
struct tree_position {
  struct level {
    std::uint32_t directory;
    std::size_t next;  ///< child
    std::size_t path_size;
  };
  std::vector<level> levels;
  std::string path;
};

}  // namespace detail

/** The regular files below a directory, in walk order; the result of `scan_tree`.

    Compact: some 120 bytes a file beyond its name.
    @threads const members from any number of threads
*/
class scanned_tree {
 public:
  [[nodiscard]] std::string const& root() const noexcept;  ///< real path, no trailing `/`
  [[nodiscard]] std::uint64_t file_count() const noexcept;
  [[nodiscard]] std::uint64_t total_size() const noexcept;  ///< bytes
  [[nodiscard]] std::uint64_t files_read() const noexcept;  ///< files whose content was read, not taken from the cache
  [[nodiscard]] std::uint64_t bytes_read() const noexcept;
  /// Of every file's digests: strongest first, then by name; empty after a stat-only scan.
  [[nodiscard]] std::span<algorithm const> algorithms() const noexcept;
  /// Calls `f` for each file in walk order; an error ends the loop. @errors what `f` returned
  [[nodiscard]] result<void> for_each(std::function<result<void>(scanned_file const&)> const& f) const;
  /// Where every part of `files` files begins; the last part may be shorter, or empty.
  [[nodiscard]] std::vector<detail::tree_position> starts(std::size_t files) const;
  /// As `for_each`, for the `files` files from a start on.
  [[nodiscard]] result<void> for_each_from(detail::tree_position const& start, std::size_t files,
                                           std::function<result<void>(scanned_file const&)> const& f) const;
  /// Every file as an entry whose place is its `file://` URL.
  [[nodiscard]] std::vector<entry> entries() const;

  struct contents;
  explicit scanned_tree(std::shared_ptr<contents const> data) noexcept : data_{std::move(data)} {}

 private:
  std::shared_ptr<contents const> data_;
};

/** Walks a directory and hashes its files on all workers.

    Reads `.quiltignore` at the root. Empty directories, sockets, pipes and devices are left out. Each file is opened
    once, read once, and checked not to have changed meanwhile. Big files are cut into parts so that no worker idles at
    the end.

    @param root  an existing directory; made a real path
    @errors errc::file_not_found, malformed_key (a name that is not UTF-8), source_changed, unsafe_path, usage (no
            algorithm), unknown_algorithm, interrupted, system errors; the path names the file
    @complexity O(files + bytes not cached)
*/
[[nodiscard]] WAYBILL_DECL result<scanned_tree> scan_tree(std::string const& root, scan_options const& options = {},
                                                          job_control const& control = {});

/// Entry of one scanned file.
[[nodiscard]] WAYBILL_DECL entry make_entry(scanned_file const& file);

/** Writes the cache the next scan of this tree can use.
    @param now_ns  as `stat_cache_writer::save`: the time before `scan_tree` was called
    @errors errc::usage for a stat-only scan, system errors */
[[nodiscard]] WAYBILL_DECL result<void> save_stat_cache(scanned_tree const& tree, std::string const& file,
                                                        std::int64_t now_ns);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/tree.ipp>
#endif
