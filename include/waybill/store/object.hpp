#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What a store knows of one object.
struct object_info {
  std::string key;
  std::uint64_t size = 0;  ///< bytes
  std::string version;     ///< changes when the object does (version id, ETag, inode and mtime); opaque
  digest_set digests;      ///< those the store itself vouches for; often none
  /// Id under which a versioned bucket keeps exactly these bytes; set by `put`, `head` and `list_exactly`.
  std::optional<std::string> version_id{};
  /// When these bytes got their place, by the store's clock; set by `list` where the store knows.
  std::optional<timestamp> stored{};
};

/// A part of an object; what lies beyond its end is cut off, so that a range there is empty.
struct byte_range {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length{};  ///< bytes; empty: to the end
};

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

namespace detail {

/// @param found  bytes there are now, or `more`
[[nodiscard]] WAYBILL_DECL error size_changed(std::string_view path, std::uint64_t expected, std::string const& found);

}  // namespace detail

/** Bytes to be stored, of known size, that can be read again: a retry or a parallel upload opens them anew.
    @threads `open` may be called concurrently */
class object_content {
 public:
  virtual ~object_content() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  ///< bytes
  /// The bytes of a range, from its start. @errors errc::source_changed; whatever the place they come from says
  [[nodiscard]] virtual result<std::unique_ptr<byte_source>> open(byte_range range) const = 0;
  /// Path of a local file that holds exactly these bytes, where there is one.
  [[nodiscard]] virtual std::optional<std::string> local_file() const { return std::nullopt; }
  /** SHA-256 of each part by the chunk rule (hash/chunked.hpp), where the caller knows them already; else empty.
      A store whose server checks them sends the bytes without hashing them again. */
  [[nodiscard]] virtual std::vector<digest> part_digests() const { return {}; }
};

/// Bytes in memory. @lifetime refers to the bytes it was made with
class memory_content final : public object_content {
 public:
  explicit memory_content(byte_view bytes) noexcept : bytes_{bytes} {}
  explicit memory_content(std::string_view text) noexcept : bytes_{as_bytes(text)} {}
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override;

 private:
  byte_view bytes_;
};

/// A file; its size is taken when the object is made, and a file that no longer has it fails to be stored.
class file_content final : public object_content {
 public:
  /// @errors errc::file_not_found, system errors
  [[nodiscard]] static result<file_content> open_path(std::string path);
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(byte_range range) const override;
  [[nodiscard]] std::optional<std::string> local_file() const override { return path_; }

 private:
  file_content(std::string path, std::uint64_t size) : path_{std::move(path)}, size_{size} {}
  std::string path_;
  std::uint64_t size_;
};

struct put_options {
  digest_set expected{};        ///< bytes with another digest are not stored
  bool only_if_absent = false;  ///< an object that is there stays, with errc::collision
  bool durable = true;          ///< false: complete and checked, but to be relied on only after the store's `flush`
};

/// Value of a mutable reference and the version to name when it is swapped.
struct ref_value {
  std::string text;
  std::string version;
};

/// Holds of a whole store: shared ones stand beside each other, an exclusive one stands alone.
enum class hold_kind : std::uint8_t { shared, exclusive };

/// Called for each object of a listing; an error ends it.
using object_visitor = std::function<result<void>(object_info const&)>;

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/object.ipp>
#endif
