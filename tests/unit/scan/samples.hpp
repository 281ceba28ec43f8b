#pragma once

#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/chunked.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace waybill_test {

/// The chunked digest of a text, computed apart from the scan's code.
inline std::string chunked_text(std::string_view content) {
  return waybill::hash_bytes(waybill::as_bytes(content), waybill::sha2_256_chunked_hasher{content.size()}).text();
}

/// Sets a file's mtime and leaves its access time.
inline void set_mtime(std::filesystem::path const& path, std::int64_t seconds, long nanoseconds = 0) {
  timespec const times[2] = {{0, UTIME_OMIT}, {static_cast<time_t>(seconds), nanoseconds}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) throw std::runtime_error("utimensat " + path.string());
}

inline mode_t current_umask() {
  auto const mask = ::umask(022);
  ::umask(mask);
  return mask;
}

/// Runs without root's rights for as long as it lives; `ok()` is false where nothing can be done about them.
class without_privileges {
 public:
  without_privileges() : was_root_{::geteuid() == 0}, dropped_{was_root_ && ::seteuid(65534) == 0} {}
  ~without_privileges() {
    if (dropped_ && ::seteuid(0) != 0) std::abort();
  }
  [[nodiscard]] bool ok() const { return dropped_ || !was_root_; }

 private:
  bool was_root_, dropped_;
};

/// Allows only so many open files for as long as it lives.
class descriptor_limit {
 public:
  explicit descriptor_limit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit const now{limit, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// Now, in nanoseconds since 1970 UTC.
inline std::int64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

}  // namespace waybill_test
