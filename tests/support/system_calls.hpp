#pragma once

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdarg>
#include <mutex>
#include <string>
#include <vector>

// System calls of this program are watched here: what is flushed to disk shows nowhere else, and a file system that
// shares blocks is seldom at hand. To be included in one file of a test program.

namespace waybill_test {

/// What was flushed since it was last cleared, in order: the path of a file or a directory, `all` for a file system. A
/// file that has no name yet is `unnamed`.
class watched_syncs {
 public:
  void add(std::string what) {
    std::lock_guard const lock{guard_};
    seen_.push_back(std::move(what));
  }
  std::vector<std::string> take() {
    std::lock_guard const lock{guard_};
    return std::exchange(seen_, {});
  }

 private:
  std::mutex guard_;
  std::vector<std::string> seen_;
};
inline watched_syncs syncs;

/// While true, FICLONE succeeds: it copies, as a reader sees a shared block.
inline bool blocks_can_be_shared = false;

inline std::string name_of_descriptor(int fd) {
  std::array<char, PATH_MAX> text{};
  auto const size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), text.data(), text.size());
  std::string name{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0U};
  return name.ends_with(" (deleted)") ? std::string{"unnamed"} : name;
}

inline bool copy_bytes(int to, int from) {
  std::array<char, 65536> buffer;
  for (off_t at = 0;;) {
    auto const n = ::pread(from, buffer.data(), buffer.size(), at);
    if (n <= 0) return n == 0;
    if (::pwrite(to, buffer.data(), static_cast<std::size_t>(n), at) != n) return false;
    at += n;
  }
}

}  // namespace waybill_test

extern "C" int fsync(int fd) {
  waybill_test::syncs.add(waybill_test::name_of_descriptor(fd));
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

extern "C" int syncfs(int fd) noexcept {
  waybill_test::syncs.add("all");
  return static_cast<int>(::syscall(SYS_syncfs, fd));
}

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  auto const argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  if (request == FICLONE && waybill_test::blocks_can_be_shared)
    return waybill_test::copy_bytes(fd, static_cast<int>(argument)) ? 0 : -1;
  return static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}
