#pragma once

#include <waybill/scan/file_namer.hpp>

#include <waybill/core/bytes.hpp>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL std::string staged_name() {
  std::array<std::byte, 8> random{};
  static std::atomic<std::uint64_t> count{0};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    std::uint64_t const fallback = count++ ^ static_cast<std::uint64_t>(::getpid()) << 32;
    std::memcpy(random.data(), &fallback, sizeof fallback);
  }
  return to_hex(random);
}

WAYBILL_DECL error file_namer::explain(int errno_value, std::string_view key) const {
  if (errno_value != EXDEV) return resolver_->explain(errno_value, key, "cannot put the file in place");
  return make_error(errc::unsupported,
                    "cannot put the file in place: it would cross from one file system to another; "
                    "use directories of one file system",
                    resolver_->path_of(key));
}

/// 0, or errno. Needs no privilege: AT_EMPTY_PATH is the fast way where it is allowed (Linux 6.10, or root), /proc the
/// other.
WAYBILL_DECL int file_namer::name_open_file(int fd, int directory, std::string const& name) {
  if (empty_path.load(std::memory_order_relaxed)) {
    if (::linkat(fd, "", directory, name.c_str(), AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOENT && errno != EPERM) return errno;
  }
  auto const open_file = "/proc/self/fd/" + std::to_string(fd);
  if (::linkat(AT_FDCWD, open_file.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return errno;
  empty_path = false;
  return 0;
}

WAYBILL_DECL result<std::optional<file_state>> file_namer::state(int directory, std::string_view key) const {
  struct stat s{};
  if (::fstatat(directory, std::string{split(key).name}.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0) {
    auto const file = resolver_->require_file(s, key);
    return file ? result<std::optional<file_state>>{*file} : file.error();
  }
  if (errno == ENOENT) return std::optional<file_state>{};
  return resolver_->explain(errno, key, "cannot stat");
}

/// An open file cannot be renamed: it gets a staged name first, and with that the final one in one step.
WAYBILL_DECL result<void> file_namer::replace_with(int fd, int directory, std::string_view key) {
  auto const staged_in = staging();
  if (!staged_in) return staged_in.error();
  std::string staged;
  int failed = EEXIST;
  for (int attempt = 0; failed == EEXIST && attempt < 16; ++attempt)
    failed = name_open_file(fd, staged_in->get(), staged = staged_name());
  if (failed != 0) return explain(failed, key);
  return place_staged(staged, directory, key, true);
}

WAYBILL_DECL result<void> file_namer::place_open_file(int fd, int directory, std::string_view key, bool replace) {
  auto const failed = name_open_file(fd, directory, std::string{split(key).name});
  if (failed == 0) return {};
  if (failed != EEXIST) return explain(failed, key);
  if (!replace) return make_error(errc::collision, "is there already", resolver_->path_of(key));
  struct stat mine{};
  auto const there = state(directory, key);
  if (!there) return there.error();
  // Renaming one name of a file over another does nothing, and would leave both.
  if (*there && ::fstat(fd, &mine) == 0 && mine.st_ino == (*there)->inode && mine.st_dev == (*there)->device) return {};
  return replace_with(fd, directory, key);
}

WAYBILL_DECL result<void> file_namer::place_staged(std::string& staged, int directory, std::string_view key,
                                                   bool replace) const {
  std::string const from = std::exchange(staged, {}), to{split(key).name};
  auto const staged_in = staging();
  if (!staged_in) return staged_in.error();
  result<void> outcome;
  if (replace)
    if (auto const there = state(directory, key); !there) outcome = there.error();
  if (outcome) {
    int failed = ::renameat2(staged_in->get(), from.c_str(), directory, to.c_str(), replace ? 0 : RENAME_NOREPLACE) == 0
                     ? 0
                     : errno;
    if (!replace && (failed == EINVAL || failed == ENOSYS))
      failed = ::linkat(staged_in->get(), from.c_str(), directory, to.c_str(), 0) == 0 ? -1 : errno;
    if (failed == 0) return {};
    if (failed == EEXIST) outcome = make_error(errc::collision, "is there already", resolver_->path_of(key));
    else if (failed != -1) outcome = explain(failed, key);
  }
  ::unlinkat(staged_in->get(), from.c_str(), 0);
  return outcome;
}

}  // namespace waybill::inline WAYBILL_ABI::detail
