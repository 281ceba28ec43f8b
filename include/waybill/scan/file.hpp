#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct stat;  // of <sys/stat.h>

namespace waybill::inline WAYBILL_ABI {

/// An owned file descriptor; closes itself.
class file_descriptor {
 public:
  file_descriptor() noexcept = default;
  explicit file_descriptor(int fd) noexcept : fd_{fd} {}
  file_descriptor(file_descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~file_descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// What the file system says of a file's state; equal states mean an unchanged file, within the clock's resolution.
struct file_state {
  std::uint64_t size = 0;        ///< bytes
  std::int64_t modified_ns = 0;  ///< mtime, nanoseconds since 1970 UTC
  std::int64_t changed_ns = 0;   ///< ctime, nanoseconds since 1970 UTC
  std::uint64_t inode = 0;
  std::uint64_t device = 0;

  friend bool operator==(file_state const&, file_state const&) = default;
};

/// State of an open file. @errors system errors
[[nodiscard]] WAYBILL_DECL result<file_state> state_of(int fd, std::string_view path_for_errors);

/// A regular file that is open for reading, as it was when it was opened.
struct opened_file {
  file_descriptor fd;
  file_state state;
  std::string path;  ///< for messages
};

/// Opens a regular file for reading. @errors errc::file_not_found, unsupported (not a regular file), system errors
[[nodiscard]] WAYBILL_DECL result<opened_file> open_regular_file(std::string path);

/// The same, of which only the descriptor is wanted.
[[nodiscard]] WAYBILL_DECL result<file_descriptor> open_for_reading(std::string const& path);

/// Reads an open file from its current position. @errors system errors  @lifetime does not own the descriptor
class file_source final : public byte_source {
 public:
  file_source(int fd, std::string path) : fd_{fd}, path_{std::move(path)} {}
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  int fd_;
  std::string path_;
};

/// Writes an open file; the system is told to begin with the disk after every few MiB.
/// @errors system errors  @lifetime does not own the descriptor
class file_sink final : public byte_sink {
 public:
  file_sink(int fd, std::string path) : fd_{fd}, path_{std::move(path)} {}
  [[nodiscard]] result<void> write(byte_view bytes) override;

 private:
  int fd_;
  std::string path_;
  std::uint64_t waiting_ = 0;  ///< bytes since the last hint
};

/// A whole file in memory. @errors errc::file_not_found, too_large, system errors
[[nodiscard]] WAYBILL_DECL result<std::string> read_file(std::string const& path,
                                                         std::size_t max_bytes = std::size_t{1} << 30);

/** Writes a file so that it appears under its name complete or not at all: temporary file beside it, fsync, rename,
    fsync of the directory. Missing parent directories are made. @errors system errors */
[[nodiscard]] WAYBILL_DECL result<void> write_file_atomically(std::string const& path, std::string_view content,
                                                              unsigned mode = 0644);

namespace detail {

[[nodiscard]] WAYBILL_DECL file_state to_state(struct ::stat const& s) noexcept;

/// Whether a replaced file must survive a power cut, or may be lost as a whole.
enum class durability : std::uint8_t { synced, volatile_file };

/// What `write_file_atomically` does, with or without the two fsyncs.
[[nodiscard]] WAYBILL_DECL result<void> replace_file(std::string const& path, std::string_view content, unsigned mode,
                                                     durability sync);

/// What an open file holds from where it stands. @errors errc::too_large, system errors
[[nodiscard]] WAYBILL_DECL result<std::string> read_open_file(int fd, std::string const& path, std::size_t max_bytes);

/// Makes the directories above `path` that are missing.
[[nodiscard]] WAYBILL_DECL result<void> make_parent_directories(std::string const& path);

/// A failed call on a path: errc::file_not_found where nothing is there, else the system's code.
[[nodiscard]] WAYBILL_DECL error path_error(int errno_value, std::string what, std::string path);

}  // namespace detail

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/file.ipp>
#endif
