#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/hash/multi.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/hash/sha256_pair.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/pool.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Without duplicates, strongest first, then by name: the order in which packed digests stand.
[[nodiscard]] WAYBILL_DECL std::vector<algorithm> ordered_algorithms(std::span<algorithm const> algorithms);

/// Bytes that one digest of each algorithm takes.
[[nodiscard]] WAYBILL_DECL std::size_t packed_size(std::span<algorithm const> algorithms) noexcept;

/// The digests that stand packed in `bytes`, into `out`, which may hold those of another content.
WAYBILL_DECL void unpack_digests(std::span<algorithm const> algorithms, byte_view bytes, digest_set& out);

/// The error of a file that is not what it was when it was looked at first.
[[nodiscard]] WAYBILL_DECL error changed_error(std::string_view what, std::string path);

/** Hashes one content after another with the same hashers and the same buffer; one per worker.

    Reads with pread from the offset it is told, so that several workers can share a descriptor.
    @threads one thread at a time per object
*/
class content_hasher {
 public:
  /** @param algorithms  as `ordered_algorithms` gives them, at least one
      @param counter     is told of bytes as they are read; outlives the hasher
      @errors errc::unknown_algorithm, usage */
  [[nodiscard]] static result<content_hasher> create(std::span<algorithm const> algorithms, std::stop_token stop,
                                                     progress_counter& counter);

  /** Digests of the first `size` bytes of a file, packed.
      @param out  `packed_size(algorithms)` bytes
      @errors errc::source_changed when the file is shorter, interrupted, system errors */
  [[nodiscard]] result<void> hash_file(int fd, std::uint64_t size, std::string_view path, std::byte* out);

  /** The same, but the digest may be owed: `out` is filled by the next small file or by `settle`, two of them at once.
      The file is read when this returns. @lifetime `out` must stay until then */
  [[nodiscard]] result<void> hash_soon(int fd, std::uint64_t size, std::string_view path, std::byte* out);
  /// Fills what `hash_soon` still owes.
  void settle();
  /// Whether the content that was read last looks like a placeholder, and is small enough to be one.
  [[nodiscard]] bool met_placeholder() const noexcept { return met_placeholder_; }

  /// SHA-256 of a part of a file: 32 bytes to `out`. @errors as `hash_file`
  [[nodiscard]] result<void> hash_part(int fd, std::uint64_t offset, std::uint64_t size, std::string_view path,
                                       std::byte* out);
  /// SHA-256 of two parts that follow each other: 64 bytes to `out`. @pre `size` of each is a multiple of 64
  [[nodiscard]] result<void> hash_two_parts(int fd, std::uint64_t offset, std::uint64_t size, std::string_view path,
                                            std::byte* out);

 private:
  content_hasher(std::vector<any_hasher> hashers, std::stop_token stop, progress_counter& counter);

  template <class Consume>
  [[nodiscard]] result<void> read_range(int fd, std::uint64_t offset, std::uint64_t size, std::string_view path,
                                        Consume consume);
  [[nodiscard]] result<void> run(std::span<any_hasher> hashers, int fd, std::uint64_t size, std::string_view path,
                                 std::byte* out);

  /// Content in the first half of the buffer whose digest is owed.
  struct debt {
    std::size_t size = 0;
    std::byte* out = nullptr;
  };

  [[nodiscard]] result<void> fill(int fd, std::uint64_t offset, std::span<std::byte> to, std::string_view path);
  [[nodiscard]] bool hashes_pairs() const noexcept;

  std::vector<any_hasher> hashers_;
  std::optional<sha256_hasher> part_hasher_;
  std::optional<sha256_pair_hasher> pair_hasher_;
  std::unique_ptr<std::byte[]> buffer_;
  debt debt_;
  std::stop_token stop_;
  progress_counter* counter_;
  bool met_placeholder_ = false;
};

/** A large file that several workers hash part by part with `sha2-256-chunked`.
    @threads `hash_next` from any worker with its own hasher; `finish` once, after the call that returned `last` */
class part_job {
 public:
  enum class outcome : std::uint8_t {
    more,  ///< one part or two were hashed
    last,  ///< the same, and nothing is left to be ready: the caller finishes the job
    none   ///< no part is left to start
  };

  /// @param workers  how many will call `hash_next`; parts are taken in pairs while there are some for each of them
  part_job(file_descriptor fd, std::string path, file_state const& state, unsigned workers);

  /// @errors as content_hasher::hash_part
  [[nodiscard]] result<outcome> hash_next(content_hasher& hasher);
  /** The digest's 32 bytes, after another look at the file's state; closes an owned file.
      @param parts  gets the SHA-256 of each part, packed; may be null
      @errors errc::source_changed, system errors */
  [[nodiscard]] result<void> finish(std::byte* out, std::vector<std::byte>* parts = nullptr);

  [[nodiscard]] std::uint64_t parts() const noexcept { return plan_.parts; }
  [[nodiscard]] file_state const& state() const noexcept { return state_; }

 private:
  file_descriptor fd_;
  std::string path_;
  file_state state_;
  chunk_plan plan_;
  std::uint64_t paired_;  ///< parts from the front that are taken two at a time
  std::vector<std::byte> sums_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> left_;
};

/// True where `sha2-256-chunked` is all that is wanted and the file has several parts.
[[nodiscard]] WAYBILL_DECL bool hashed_in_parts(std::span<algorithm const> algorithms, std::uint64_t size) noexcept;

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/content.ipp>
#endif
