#pragma once

#include <waybill/scan/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL void file_descriptor::reset() noexcept {
  // EINTR of close leaves the descriptor closed on Linux; repeating could close another thread's file.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

namespace detail {

WAYBILL_DECL error path_error(int errno_value, std::string what, std::string path) {
  if (errno_value == ENOENT)
    return make_error(errc::file_not_found, std::move(what) + ": no such file", std::move(path));
  return system_error(errno_value, std::move(what), std::move(path));
}

inline std::int64_t nanoseconds(timespec const& t) noexcept {
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

WAYBILL_DECL file_state to_state(struct ::stat const& s) noexcept {
  return {static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim), s.st_ino, s.st_dev};
}

inline std::string parent_of(std::string const& path) {
  auto const slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

WAYBILL_DECL result<void> make_parent_directories(std::string const& path) {
  auto const parent = parent_of(path);
  struct stat s{};
  if (::stat(parent.c_str(), &s) == 0) return {};
  for (auto slash = parent.find('/', 1);; slash = parent.find('/', slash + 1)) {
    auto const here = parent.substr(0, slash);
    if (::mkdir(here.c_str(), 0777) != 0 && errno != EEXIST) {
      // On a read-only or foreign upper directory mkdir may fail although it is there.
      auto const cause = errno;
      if (::stat(here.c_str(), &s) != 0) return system_error(cause, "cannot make directory", here);
    }
    if (slash == std::string::npos) return {};
  }
}

inline result<void> write_all(int fd, byte_view bytes, std::string const& path) {
  while (!bytes.empty()) {
    auto const n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

/// Bytes after which the system is told to begin with the disk.
inline constexpr std::uint64_t written_behind = std::uint64_t{4} << 20;

inline std::atomic<unsigned> temporary_number{0};

/// A new file in `directory`, which nobody else has: its name goes to `name`.
inline result<file_descriptor> create_temporary(std::string const& directory, unsigned mode, std::string& name) {
  for (;;) {
    name = directory + "/.waybill-tmp." + std::to_string(::getpid()) + "." + std::to_string(temporary_number++);
    file_descriptor fd{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (fd) return fd;
    if (errno != EEXIST && errno != EINTR)
      return system_error(errno, "cannot create a file in this directory", directory);
  }
}

inline result<void> sync_file(int fd, std::string const& path) {
  // EINVAL, ENOTSUP: the file system has nothing to flush for such a file.
  if (::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
  return system_error(errno, "cannot flush to disk", path);
}

inline result<void> sync_directory(std::string const& directory) {
  file_descriptor const fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return errno == EACCES ? result<void>{} : system_error(errno, "cannot open directory", directory);
  return sync_file(fd.get(), directory);
}

inline result<void> fill_temporary(file_descriptor fd, std::string const& path, std::string_view content,
                                   durability sync) {
  if (auto r = write_all(fd.get(), as_bytes(content), path); !r) return r;
  if (sync == durability::synced)
    if (auto r = sync_file(fd.get(), path); !r) return r;
  // Some file systems (NFS, quotas) report a failed write only here.
  if (::close(fd.release()) != 0 && errno != EINTR) return system_error(errno, "cannot close", path);
  return {};
}

WAYBILL_DECL result<void> replace_file(std::string const& path, std::string_view content, unsigned mode,
                                       durability sync) {
  if (auto r = make_parent_directories(path); !r) return r;
  auto const directory = parent_of(path);
  std::string temporary;
  auto fd = create_temporary(directory, mode, temporary);
  if (!fd) return fd.error();
  auto written = fill_temporary(std::move(*fd), path, content, sync);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = system_error(errno, "cannot put the file in place", path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync == durability::synced ? sync_directory(directory) : result<void>{};
}

}  // namespace detail

WAYBILL_DECL result<file_state> state_of(int fd, std::string_view path_for_errors) {
  struct stat s{};
  if (::fstat(fd, &s) != 0) return system_error(errno, "cannot stat", std::string{path_for_errors});
  return detail::to_state(s);
}

WAYBILL_DECL result<opened_file> open_regular_file(std::string path) {
  // O_NONBLOCK: opening a pipe without a writer must not hang; it means nothing to regular files.
  file_descriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd) return detail::path_error(errno, "cannot open", std::move(path));
  struct stat s{};
  if (::fstat(fd.get(), &s) != 0) return system_error(errno, "cannot stat", std::move(path));
  if (!S_ISREG(s.st_mode))
    return make_error(errc::unsupported,
                      S_ISDIR(s.st_mode) ? "is a directory; name a file" : "is not a regular file; name a file",
                      std::move(path));
  return opened_file{std::move(fd), detail::to_state(s), std::move(path)};
}

WAYBILL_DECL result<file_descriptor> open_for_reading(std::string const& path) {
  auto file = open_regular_file(path);
  if (!file) return file.error();
  return std::move(file->fd);
}

WAYBILL_DECL result<std::size_t> file_source::read(std::span<std::byte> buffer) {
  for (;;) {
    auto const n = ::read(fd_, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return system_error(errno, "cannot read", path_);
  }
}

WAYBILL_DECL result<void> file_sink::write(byte_view bytes) {
  if (auto const written = detail::write_all(fd_, bytes, path_); !written) return written;
  waiting_ += bytes.size();
  if (waiting_ < detail::written_behind) return {};
  // A hint: the disk works while more is made, and the flush at the end finds little to do.
  (void)::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);
  waiting_ = 0;
  return {};
}

WAYBILL_DECL result<std::string> read_file(std::string const& path, std::size_t max_bytes) {
  file_descriptor const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (!fd) return detail::path_error(errno, "cannot open", path);
  return detail::read_open_file(fd.get(), path, max_bytes);
}

WAYBILL_DECL result<std::string> detail::read_open_file(int fd, std::string const& path, std::size_t max_bytes) {
  auto const state = state_of(fd, path);
  if (!state) return state.error();
  // One byte more than expected: a file that did not grow is read with one call, its end seen with the second.
  std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(state->size, max_bytes)) + 1, '\0');
  file_source source{fd, path};
  for (std::size_t at = 0;;) {
    auto const n = source.read(std::as_writable_bytes(std::span{out}.subspan(at)));
    if (!n) return n.error();
    at += *n;
    if (at > max_bytes)
      return make_error(errc::too_large,
                        "is larger than " + std::to_string(max_bytes) + " bytes, the most that is read", path);
    if (*n == 0) {
      out.resize(at);
      return out;
    }
    if (at == out.size()) out.resize(std::min(max_bytes, at + at / 2 + 4096) + 1);
  }
}

WAYBILL_DECL result<void> write_file_atomically(std::string const& path, std::string_view content, unsigned mode) {
  return detail::replace_file(path, content, mode, detail::durability::synced);
}

}  // namespace waybill::inline WAYBILL_ABI
