#pragma once

#include <waybill/scan/resolve.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL split_key split(std::string_view key) noexcept {
  auto const slash = key.rfind('/');
  if (slash == std::string_view::npos) return {{}, key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

inline bool is_plain_key(std::string_view key) noexcept {
  if (key.find('\0') != std::string_view::npos) return false;
  for (;;) {
    auto const slash = key.find('/');
    auto const segment = key.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    key.remove_prefix(slash + 1);
  }
}

WAYBILL_DECL result<void> check_plain_key(std::string_view key) {
  if (is_plain_key(key)) return {};
  return make_error(errc::unsafe_key, "not a name below a directory: it has an empty, '.' or '..' segment or a NUL",
                    std::string{key});
}

/// The first part of a key that is a link or no directory; else empty.
inline std::string obstacle(int root, std::string_view key) {
  for (std::size_t slash = key.find('/');; slash = key.find('/', slash + 1)) {
    std::string const part{key.substr(0, slash)};
    struct stat s{};
    if (::fstatat(root, part.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (S_ISLNK(s.st_mode)) return part + " is a symbolic link";
    if (!S_ISDIR(s.st_mode)) return part + " is not a directory";
    if (slash == std::string_view::npos) return {};
  }
}

WAYBILL_DECL std::string beneath_resolver::path_of(std::string_view key) const {
  std::string out = path_;
  if (!key.empty()) out.append(out.ends_with('/') ? "" : "/").append(key);
  return out;
}

WAYBILL_DECL error beneath_resolver::explain(int errno_value, std::string_view key, std::string what) const {
  switch (errno_value) {
    case ENOENT: return make_error(errc::file_not_found, what + ": no such file", path_of(key));
    case ELOOP:
    case ENOTDIR:
    case EXDEV:
    case EISDIR: {
      auto found = errno_value == EISDIR ? std::string{key} + " is a directory" : obstacle(root_.get(), key);
      if (found.empty()) found = std::string{key} + " cannot be reached without leaving the directory";
      return make_error(errc::unsafe_path, what + ": " + found + "; move it away, or use another directory",
                        path_of(key));
    }
    default: return system_error(errno_value, std::move(what), path_of(key));
  }
}

WAYBILL_DECL result<file_state> beneath_resolver::require_file(struct stat const& s, std::string_view key) const {
  if (S_ISREG(s.st_mode)) return to_state(s);
  char const* const what = S_ISDIR(s.st_mode)   ? "a directory"
                           : S_ISLNK(s.st_mode) ? "a symbolic link"
                                                : "a special file";
  return make_error(errc::unsafe_path, std::string{"is "} + what + " where a file should be; move it away first",
                    path_of(key));
}

WAYBILL_DECL int beneath_resolver::open_once(std::string const& key, int flags) const noexcept {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed during the look-up, and the kernel could not be sure.
  for (int attempt = 0; attempt < 16; ++attempt) {
    auto const fd = ::syscall(SYS_openat2, root_.get(), key.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(fd);
  }
  return -1;
}

/// One component after the other; a descriptor, or -1 with errno. The root itself is duplicated.
WAYBILL_DECL int beneath_resolver::walk(std::string_view key, bool create, bool sync) const {
  constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  file_descriptor here{::openat(root_.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  while (here && !key.empty()) {
    auto const slash = key.find('/');
    std::string const name{key.substr(0, slash)};
    file_descriptor next{::openat(here.get(), name.c_str(), flags)};
    if (!next && errno == ENOENT && create) {
      if (::mkdirat(here.get(), name.c_str(), 0777) != 0 && errno != EEXIST) return -1;
      next = file_descriptor{::openat(here.get(), name.c_str(), flags)};
      if (sync && next) {
        file_descriptor const readable{::openat(here.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!readable || (::fsync(readable.get()) != 0 && errno != EINVAL)) return -1;
      }
    }
    here = std::move(next);
    key = slash == std::string_view::npos ? std::string_view{} : key.substr(slash + 1);
  }
  return here.release();
}

WAYBILL_DECL result<file_descriptor> beneath_resolver::open(std::string_view key, int flags) const {
  if (auto const plain = check_plain_key(key); !plain) return plain.error();
  if (has_openat2.load(std::memory_order_relaxed)) {
    file_descriptor fd{open_once(std::string{key}, flags)};
    if (fd) return fd;
    // EPERM: sandboxes answer so to system calls they do not know.
    if (errno != ENOSYS && errno != EPERM) return explain(errno, key, "cannot open");
    has_openat2 = false;
  }
  auto const [parent, name] = split(key);
  file_descriptor const directory{walk(parent, false, false)};
  if (!directory) return explain(errno, key, "cannot open");
  file_descriptor fd{::openat(directory.get(), std::string{name}.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return explain(errno, key, "cannot open");
  return fd;
}

WAYBILL_DECL result<directory_handle> beneath_resolver::directory(std::string_view key, bool create, bool sync) const {
  if (key.empty()) return directory_handle::lent(root_.get());
  auto found = open(key, O_PATH | O_DIRECTORY);
  if (found) return directory_handle{std::move(*found)};
  if (!create || found.error().code != errc::file_not_found) return found.error();
  // Somebody who removes the last file above may take a directory away between two steps of the walk.
  constexpr int most_tries = 100;
  file_descriptor made;
  for (int tries = 0; !made && tries < most_tries && (tries == 0 || errno == ENOENT); ++tries)
    made = file_descriptor{walk(key, true, sync)};
  if (!made) return explain(errno, key, "cannot make the directory");
  return directory_handle{std::move(made)};
}

WAYBILL_DECL result<directory_handle> beneath_resolver::parent(std::string_view key, bool create, bool sync) const {
  if (auto const plain = check_plain_key(key); !plain) return plain.error();
  return directory(split(key).parent, create, sync);
}

}  // namespace waybill::inline WAYBILL_ABI::detail
