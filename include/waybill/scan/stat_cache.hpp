#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** Digests of the files of one tree as they were at the last scan, so that an unchanged tree is not read again.

    A file's digest is reused when its state (size, mtime, ctime, inode, device) is what it was. Files whose mtime or
    ctime was not clearly older than the moment the cache was written are never trusted (git's "racy" rule): a change
    within the clock's resolution would go unseen. A cache that is damaged, of another version, tree or set of
    algorithms is as good as none.

    @format docs/formats.md#stat-cache; a file of this machine, not for exchange
    @threads `find` from any number of threads
*/
class stat_cache {
 public:
  /// An empty cache; everything is read.
  stat_cache() = default;
  /// Reads a cache file; never fails. @param root  the tree's real path  @param algorithms as `create` was given
  [[nodiscard]] static stat_cache load(std::string const& file, std::string_view root,
                                       std::span<algorithm const> algorithms);

  /// The digests of the file with that key, if its state is the recorded and trusted one; else empty.
  /// @complexity O(log n)
  [[nodiscard]] std::optional<digest_set> find(std::string_view key, file_state const& state) const;

  /** What `find` knows, without making a set of it: the digests' bytes one after another in the order of
      `algorithms()`; empty when there are none.
      @param hint  where the last call on this thread ended, 0 at first: keys asked for in walk order cost O(1)
      @lifetime refers to this cache */
  [[nodiscard]] byte_view find_bytes(std::string_view key, file_state const& state, std::size_t& hint) const noexcept;

  /// Whether there is a record of that key: where not, asking for the file's state is of no use.
  /// @param hint  as find_bytes
  [[nodiscard]] bool has_key(std::string_view key, std::size_t& hint) const noexcept;

  /// The algorithms of every record, in the kit's order: strongest first, then by name.
  [[nodiscard]] std::span<algorithm const> algorithms() const noexcept { return algorithms_; }
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  friend class stat_cache_writer;
  [[nodiscard]] std::string_view key_at(std::size_t index) const noexcept;
  [[nodiscard]] bool index_records(std::size_t at, std::size_t end, std::uint64_t count);

  std::string bytes_;                   ///< the file's content
  std::vector<std::uint64_t> offsets_;  ///< of the records, in walk order
  std::vector<algorithm> algorithms_;
  std::int64_t written_ns_ = 0;
};

/// Writes a cache, record by record in walk order.
class stat_cache_writer {
 public:
  /// @param root  the tree's real path
  stat_cache_writer(std::string_view root, std::span<algorithm const> algorithms);
  /// Adds a file; left out when `digests` lacks one of the algorithms. @pre keys come in walk order
  void add(std::string_view key, file_state const& state, digest_set const& digests);
  /** Puts the file in place (atomically, without fsync: losing a cache costs time only).
      @param now_ns  nanoseconds since 1970 UTC, taken **before** the scan began; files touched later than two seconds
                     before it will not be trusted. A time taken after the scan would trust files that changed again in
                     the clock tick in which they were read
      @errors system errors */
  [[nodiscard]] result<void> save(std::string const& file, std::int64_t now_ns) &&;

 private:
  std::string bytes_;
  std::vector<algorithm> algorithms_;
  std::uint64_t count_ = 0;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/stat_cache.ipp>
#endif
