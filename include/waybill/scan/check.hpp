#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/multi.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/pool.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/** The digests a content is held against: the strongest the kit can compute, and those of required kinds.

    Weaker ones beside them decide nothing, so that a right md5 never excuses a wrong sha256.
    @return pointers into `digests`; empty when the kit can compute none of them
*/
[[nodiscard]] WAYBILL_DECL std::vector<digest const*> deciding_digests(digest_set const& digests,
                                                                       std::span<algorithm const> required = {});

/// Holds contents, one after another, against what entries say of them. @threads one thread at a time per object
class entry_checker {
 public:
  explicit entry_checker(std::span<algorithm const> required) : required_{required.begin(), required.end()} {}
  /// @pre the entry has a size and a deciding digest  @lifetime of `e`: until `finish` or the next `start`
  [[nodiscard]] result<void> start(entry const& e);
  /// @errors errc::size_mismatch as soon as there are more bytes than there should be
  [[nodiscard]] result<void> update(byte_view bytes);
  /// @errors errc::size_mismatch, digest_mismatch
  [[nodiscard]] result<void> finish();

 private:
  [[nodiscard]] result<any_hasher*> hasher_for(algorithm a, std::uint64_t size);

  std::vector<algorithm> required_;
  std::vector<std::unique_ptr<any_hasher>> hashers_;  ///< reused from content to content
  std::vector<std::unique_ptr<any_hasher>> special_;  ///< for a size that needs its own
  std::vector<any_hasher*> active_;
  std::vector<digest const*> expected_;
  entry const* entry_ = nullptr;
  std::uint64_t received_ = 0;
};

/** Reads an open file from where it stands to its end, and holds it against an entry.
    @param progress  is told of bytes as they are read; may be null
    @errors errc::size_mismatch, digest_mismatch; interrupted, system errors */
[[nodiscard]] WAYBILL_DECL result<void> check_open_file(entry_checker& checker, entry const& e, int fd,
                                                        std::span<std::byte> buffer, std::stop_token const& stop,
                                                        progress_counter* progress);

/// Size of the buffers that contents are read with; it stays in the second-level cache between read and hash.
inline constexpr std::size_t check_buffer_size = std::size_t{256} << 10;

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/check.ipp>
#endif
