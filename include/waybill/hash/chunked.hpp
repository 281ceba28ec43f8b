#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/hash/hasher.hpp>
#include <waybill/hash/openssl.hpp>

#include <cstddef>
#include <cstdint>

namespace waybill::inline WAYBILL_ABI {

/// How a file is cut into parts for `sha2-256-chunked` and for S3 multipart uploads.
struct chunk_plan {
  std::uint64_t chunk_size = 0;  ///< bytes of every part but the last
  std::uint64_t parts = 0;       ///< 0 for an empty file
};

/** The chunk rule: parts of 8 MiB, doubled while there would be more than 10,000 of them.
    @format quilt3 8.0.0 `get_checksum_chunksize`; vectors `tests/vectors/quilt/chunk_rule.json`
*/
[[nodiscard]] WAYBILL_DECL chunk_plan plan_chunks(std::uint64_t file_size) noexcept;

/** Hash of part hashes: `H(H(part 1) ‖ … ‖ H(part n))`; of an empty file `H("")`.

    The part size depends on the size of the whole file, so the hasher must be told that before the first byte; a
    default-constructed one cuts by the rule for files of at most 83,886,080,000 bytes (parts of 8 MiB).

    @tparam H     hashes parts and the list of part digests
    @tparam Info  the algorithm this makes (`sha2-256-chunked` for SHA-256)
    @format quilt3 8.0.0; vectors `tests/vectors/quilt/content_hashes.json`
*/
template <hasher H, algorithm_info const& Info>
class chunked {
 public:
  static constexpr algorithm kind{Info};

  chunked() : chunked(0) {}
  explicit chunked(std::uint64_t file_size) : chunk_size_{plan_chunks(file_size).chunk_size} {}

  void update(byte_view bytes) {
    while (!bytes.empty()) {
      auto const room = static_cast<std::size_t>(std::uint64_t{chunk_size_} - in_part_);
      auto const piece = bytes.first(bytes.size() < room ? bytes.size() : room);
      part_.update(piece);
      in_part_ += piece.size();
      bytes = bytes.subspan(piece.size());
      if (in_part_ == chunk_size_) close_part();
    }
  }

  [[nodiscard]] digest finish() {
    if (in_part_ != 0) close_part();
    return digest{kind, list_.finish().bytes()};
  }

  /// Adds a part that was hashed elsewhere (in parallel, or by a server). @pre no open part; parts come in order
  void add_part(digest const& part) { list_.update(part.bytes()); }

 private:
  void close_part() {
    list_.update(part_.finish().bytes());
    in_part_ = 0;
  }

  H part_;
  H list_;
  std::uint64_t chunk_size_;
  std::uint64_t in_part_ = 0;
};

/// `sha2-256-chunked`, the digest of Quilt manifests since quilt3 6.
using sha2_256_chunked_hasher = chunked<sha256_hasher, algorithms::sha2_256_chunked>;

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/hash/chunked.ipp>
#endif
