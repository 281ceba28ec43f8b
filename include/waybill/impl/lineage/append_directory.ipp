#pragma once

#include <waybill/lineage/append_directory.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline error not_opened(int errno_value, std::string what, std::string path) {
  if (errno_value == ELOOP || errno_value == ENOTDIR || errno_value == EISDIR || errno_value == ENXIO)
    return make_error(errc::unsafe_path, "a link or another kind of file stands where " + what + " must be; remove it",
                      std::move(path));
  return system_error(errno_value, "cannot open " + what, std::move(path));
}

/// The file, locked, as long as the descriptor is open.
inline result<file_descriptor> open_locked(int folder, std::string const& name, std::string const& path) {
  for (;;) {
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    file_descriptor file{::openat(folder, name.c_str(), flags, 0666)};
    if (!file) return not_opened(errno, "a file of records", path);
    while (::flock(file.get(), LOCK_EX) != 0)
      if (errno != EINTR)
        return system_error(errno, "cannot lock a file of records; its file system may lack flock", path);
    struct stat s{};
    if (::fstat(file.get(), &s) != 0) return system_error(errno, "cannot stat a file of records", path);
    if (!S_ISREG(s.st_mode)) return not_opened(ENXIO, "a file of records", path);
    // A file without a name was removed while we waited: what it got would be lost with it.
    if (s.st_nlink != 0) return file;
  }
}

inline result<void> write_all(int fd, std::string_view text, std::string const& path) {
  while (!text.empty()) {
    auto const n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "cannot append a run record; it was not kept", path);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

/// @pre the caller holds the lock
inline result<void> append_locked(int fd, std::string_view text, std::string const& path) {
  auto const end = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (end < 0 || (end > 0 && ::pread(fd, &last, 1, end - 1) != 1))
    return system_error(errno, "cannot read the end of a file of records", path);
  auto const written = last == '\n' ? write_all(fd, text, path) : write_all(fd, "\n" + std::string{text}, path);
  // Half a line would be skipped by readers; a file that cannot even be shortened keeps it.
  if (!written && ::ftruncate(fd, end) != 0) return written;
  return written;
}

/// The front of an open file, whatever is appended to it meanwhile.
class front_source final : public byte_source {
 public:
  front_source(opened_file file, std::uint64_t size) : file_{std::move(file)}, rest_{size} {}

  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = read_once(buffer.first(std::min<std::uint64_t>(buffer.size(), rest_)));
    if (n) rest_ -= *n;
    return n;
  }

 private:
  result<std::size_t> read_once(std::span<std::byte> buffer) {
    for (;;) {
      auto const n = ::read(file_.fd.get(), buffer.data(), buffer.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) return system_error(errno, "cannot read", file_.path);
    }
  }

  opened_file file_;
  std::uint64_t rest_;
};

}  // namespace detail

WAYBILL_DECL result<std::unique_ptr<byte_source>> open_settled(opened_file file) {
  // Where reading cannot lock, a line that is being written may be seen half.
  while (::flock(file.fd.get(), LOCK_SH) != 0)
    if (errno != EINTR) break;
  auto const state = state_of(file.fd.get(), file.path);
  static_cast<void>(::flock(file.fd.get(), LOCK_UN));
  if (!state) return state.error();
  return std::unique_ptr<byte_source>{std::make_unique<detail::front_source>(std::move(file), state->size)};
}

WAYBILL_DECL result<append_directory> append_directory::open(std::string const& path, bool create) {
  auto root = root_directory::open(path, create);
  if (!root) return root.error();
  file_descriptor directory{::open(root->path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return system_error(errno, "cannot open the directory of run records", path);
  return append_directory{std::move(directory), root->path()};
}

WAYBILL_DECL result<file_descriptor> append_directory::open_folder(std::string const& folder, durability when) const {
  auto const path = path_ + "/" + folder;
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  file_descriptor there{::openat(directory_.get(), folder.c_str(), flags)};
  if (there) return there;
  if (errno != ENOENT) return detail::not_opened(errno, "a directory of records", path);
  if (::mkdirat(directory_.get(), folder.c_str(), 0777) != 0 && errno != EEXIST)
    return system_error(errno, "cannot make a directory of records", path);
  if (when == durability::each && ::fsync(directory_.get()) != 0)
    return system_error(errno, "cannot put a directory of records on disk", path);
  there = file_descriptor{::openat(directory_.get(), folder.c_str(), flags)};
  if (!there) return detail::not_opened(errno, "a directory of records", path);
  return there;
}

WAYBILL_DECL result<void> append_directory::append(std::string const& folder, std::string const& name,
                                                   std::string_view text, durability when) const {
  auto const path = path_ + "/" + folder + "/" + name;
  auto const above = open_folder(folder, when);
  if (!above) return above.error();
  auto file = detail::open_locked(above->get(), name, path);
  if (!file) return file.error();
  if (auto const r = detail::append_locked(file->get(), text, path); !r) return r;
  if (when != durability::each) return {};
  // Others may append while the disk is waited for.
  static_cast<void>(::flock(file->get(), LOCK_UN));
  if (::fdatasync(file->get()) != 0 || ::fsync(above->get()) != 0)
    return system_error(errno, "a run record was appended, but may not be on disk", path);
  return {};
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI
