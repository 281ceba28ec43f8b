#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** The first bytes of a content that somebody began to fetch, in a file that outlives them.

    Nobody else works on it meanwhile (`flock`). What is in it is not believed: it is hashed when it is gone on with.
    An empty one is removed when it is let go. */
class partial_file {
 public:
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] std::string const& path() const noexcept { return path_; }
  /// Bytes that are there. @errors system errors
  [[nodiscard]] result<std::uint64_t> size() const;
  /// Throws away what is there. @errors system errors
  [[nodiscard]] result<void> discard();
  /// Removes the file: its content is whole, and has another name.
  void finish() noexcept;
  ~partial_file();
  partial_file(partial_file&& other) noexcept
      : fd_{std::move(other.fd_)}, path_{std::exchange(other.path_, std::string{})} {}
  partial_file& operator=(partial_file&&) = delete;

 private:
  friend class partial_files;
  partial_file(file_descriptor fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}
  file_descriptor fd_;
  std::string path_;
};

/** Unfinished downloads, one file a content, in a directory of their own: a run that was stopped or killed is gone on
    with by the next one that wants the same bytes, whatever package it wants them for.

    A file is named by digest and size (`sha2-256-chunked-HEX-SIZE`), so that its bytes are those of one content or
    worthless. Contents below `smallest` are not worth a file.
    @threads all members may be called concurrently, by several processes too
*/
class partial_files {
 public:
  static constexpr std::uint64_t smallest = std::uint64_t{8} << 20;  ///< bytes: one part by the chunk rule

  /// Makes the directory, and removes what nobody has written to for a week. @param now_ns  the present time
  /// @errors system errors
  [[nodiscard]] static result<partial_files> open(std::string directory, std::int64_t now_ns);
  /// What is there of a content, or an empty file; none where somebody else has it, or none can be made: do without.
  [[nodiscard]] std::optional<partial_file> take(digest const& d, std::uint64_t size) const;
  /// Removes what nobody works on. @return bytes freed
  std::uint64_t clear() const;

 private:
  explicit partial_files(std::string directory) : directory_{std::move(directory)} {}
  std::uint64_t remove_older_than(std::int64_t ns) const;
  std::string directory_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/partial.ipp>
#endif
