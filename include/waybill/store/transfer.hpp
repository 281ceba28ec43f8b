#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** May a store have an object of that key? What the stores of the kit ask first.

    A key is relative, its segments are joined by `/`, none is empty, `.` or `..`, and there is no NUL. Names the kit itself
    uses (`.waybill/…`, `.quilt/…`) are allowed: what a *dataset* may place is asked by `check_placeable`.
    @errors errc::unsafe_key
*/
[[nodiscard]] WAYBILL_DECL result<void> check_store_key(std::string_view key);

/// Bytes of an object a range stands for; never beyond its end.
struct object_extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  ///< bytes

  friend bool operator==(object_extent const&, object_extent const&) = default;
};

/// The range in an object of `size` bytes: what lies beyond the end is cut off.
[[nodiscard]] WAYBILL_DECL object_extent clipped(byte_range range, std::uint64_t size) noexcept;

/// Reads bytes in memory and keeps them alive.
class shared_source final : public byte_source {
 public:
  shared_source(std::shared_ptr<std::string const> bytes, byte_range range);
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override { return rest_.read(buffer); }

 private:
  std::shared_ptr<std::string const> bytes_;
  memory_source rest_;
};

/** Reads a range of an open file that must keep its size: a file that shrinks or grows meanwhile fails the read.

    @errors (of read) errc::source_changed, system errors
*/
class file_range_source final : public byte_source {
 public:
  /// @param size  bytes of the file when it was opened  @param path  for errors
  file_range_source(file_descriptor fd, std::uint64_t size, byte_range range, std::string path);
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  [[nodiscard]] result<std::size_t> finish();

  file_descriptor fd_;
  std::uint64_t size_;
  object_extent rest_;
  bool end_seen_ = false;  ///< the file is known to end where it should
  std::string path_;
};

/// Every digest of `expected` must be in `found` and equal. @errors errc::digest_mismatch, naming both
[[nodiscard]] WAYBILL_DECL result<void> check_digests(digest_set const& expected, digest_set const& found,
                                                      std::string_view name_for_errors);

/** Copies a content to a sink in one pass and checks it on the way; what the sink took is worth nothing if this fails.

    Contents of up to 256 KiB are one read and one write, larger ones go in pieces of 1 MiB.
    @return the digests of `expected`, now known to be true
    @errors errc::source_changed when the content has not the size it promised; digest_mismatch; unknown_algorithm; what
            content and sink say
*/
[[nodiscard]] WAYBILL_DECL result<digest_set> transfer(object_content const& content, digest_set const& expected,
                                                       byte_sink& sink, std::string_view name_for_errors);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/transfer.ipp>
#endif
