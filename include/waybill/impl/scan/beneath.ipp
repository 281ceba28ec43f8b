#pragma once

#include <waybill/scan/beneath.hpp>

#include <waybill/core/bytes.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace waybill::inline WAYBILL_ABI {

struct root_directory::shared {
  shared(file_descriptor fd, std::string path) : resolver{std::move(fd), std::move(path)} {
    // Without /proc an unnamed file might never get its name (see name_open_file).
    unnamed_files = ::access("/proc/self/fd", X_OK) == 0;
  }

  detail::beneath_resolver resolver;
  std::atomic<bool> unnamed_files;     ///< O_TMPFILE works here
  std::atomic<bool> empty_path{true};  ///< linkat(AT_EMPTY_PATH) is allowed to us

  [[nodiscard]] result<detail::directory_handle> staging() const { return resolver.directory(staging_name, true); }
  [[nodiscard]] int name_open_file(int fd, int directory, std::string const& name);
  [[nodiscard]] result<void> replace_with(int fd, int directory, std::string_view key);
  [[nodiscard]] result<void> place_open_file(int fd, int directory, std::string_view key, bool replace);
  [[nodiscard]] result<void> place_staged(std::string& staged, int directory, std::string_view key, bool replace) const;
  [[nodiscard]] result<std::optional<file_state>> check_replaceable(int directory, std::string_view key) const;
  [[nodiscard]] result<std::optional<file_state>> require_file(struct stat const& s, std::string_view key) const;
  [[nodiscard]] error explain_naming(int errno_value, std::string_view key) const;
};

namespace detail {

/// How tests reach what a root directory found out about its system.
struct root_access {
  [[nodiscard]] static root_directory::shared& of(root_directory const& root) noexcept { return *root.shared_; }
};

/// A name nobody else has: sixteen hex digits.
inline std::string staged_name() {
  std::array<std::byte, 8> random{};
  static std::atomic<std::uint64_t> count{0};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    std::uint64_t const fallback = count++ ^ static_cast<std::uint64_t>(::getpid()) << 32;
    std::memcpy(random.data(), &fallback, sizeof fallback);
  }
  return to_hex(random);
}

inline int sync_directory_of(int o_path_fd) noexcept {
  file_descriptor const readable{::openat(o_path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return readable && (::fsync(readable.get()) == 0 || errno == EINVAL) ? 0 : errno;
}

/// Calls `f(name)` for each name in a directory, in any order, until it fails. @param fd of any kind, not consumed
template <class F>
int for_each_name(int fd, F&& f) {
  file_descriptor readable{::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!readable) return errno;
  DIR* const listing = ::fdopendir(readable.get());
  if (listing == nullptr) return errno;
  (void)readable.release();
  int failed = 0;
  for (dirent* e = ::readdir(listing); e != nullptr && failed == 0; e = ::readdir(listing))
    if (std::strcmp(e->d_name, ".") != 0 && std::strcmp(e->d_name, "..") != 0) failed = f(e->d_name);
  ::closedir(listing);
  return failed;
}

}  // namespace detail

WAYBILL_DECL error root_directory::shared::explain_naming(int errno_value, std::string_view key) const {
  if (errno_value != EXDEV) return resolver.explain(errno_value, key, "cannot put the file in place");
  return make_error(errc::unsupported,
                    "cannot put the file in place: it would cross from one file system to another; "
                    "use directories of one file system",
                    resolver.path_of(key));
}

/// 0, or errno. Needs no privilege: AT_EMPTY_PATH is the fast way where it is allowed (Linux 6.10, or root), /proc the other.
WAYBILL_DECL int root_directory::shared::name_open_file(int fd, int directory, std::string const& name) {
  if (empty_path.load(std::memory_order_relaxed)) {
    if (::linkat(fd, "", directory, name.c_str(), AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOENT && errno != EPERM) return errno;
  }
  auto const open_file = "/proc/self/fd/" + std::to_string(fd);
  if (::linkat(AT_FDCWD, open_file.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) != 0) return errno;
  empty_path = false;
  return 0;
}

/// State of the file that is to be replaced, or nothing where there is none.
WAYBILL_DECL result<std::optional<file_state>> root_directory::shared::check_replaceable(int directory,
                                                                                         std::string_view key) const {
  struct stat s{};
  if (::fstatat(directory, std::string{detail::split(key).name}.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0)
    return require_file(s, key);
  if (errno == ENOENT) return std::optional<file_state>{};
  return resolver.explain(errno, key, "cannot stat");
}

WAYBILL_DECL result<std::optional<file_state>> root_directory::shared::require_file(struct stat const& s,
                                                                                    std::string_view key) const {
  if (S_ISREG(s.st_mode)) return std::optional{detail::as_file_state(s)};
  char const* const what = S_ISDIR(s.st_mode)   ? "a directory"
                           : S_ISLNK(s.st_mode) ? "a symbolic link"
                                                : "a special file";
  return make_error(errc::unsafe_path, std::string{"is "} + what + " where a file should be; move it away first",
                    resolver.path_of(key));
}

/// An open file cannot be renamed: it gets a staged name first, and with that the final one in one step.
WAYBILL_DECL result<void> root_directory::shared::replace_with(int fd, int directory, std::string_view key) {
  auto const staged_in = staging();
  if (!staged_in) return staged_in.error();
  std::string staged;
  int failed = EEXIST;
  for (int attempt = 0; failed == EEXIST && attempt < 16; ++attempt)
    failed = name_open_file(fd, staged_in->get(), staged = detail::staged_name());
  if (failed != 0) return explain_naming(failed, key);
  return place_staged(staged, directory, key, true);
}

WAYBILL_DECL result<void> root_directory::shared::place_open_file(int fd, int directory, std::string_view key,
                                                                  bool replace) {
  auto const failed = name_open_file(fd, directory, std::string{detail::split(key).name});
  if (failed == 0) return {};
  if (failed != EEXIST) return explain_naming(failed, key);
  if (!replace) return make_error(errc::collision, "is there already", resolver.path_of(key));
  struct stat mine{};
  auto const there = check_replaceable(directory, key);
  if (!there) return there.error();
  // Renaming one name of a file over another does nothing, and would leave both.
  if (*there && ::fstat(fd, &mine) == 0 && mine.st_ino == (*there)->inode && mine.st_dev == (*there)->device) return {};
  return replace_with(fd, directory, key);
}

/// Renames a staged file. On errors it is removed; in either case `staged` is empty afterwards.
WAYBILL_DECL result<void> root_directory::shared::place_staged(std::string& staged, int directory, std::string_view key,
                                                               bool replace) const {
  std::string const from = std::exchange(staged, {}), to{detail::split(key).name};
  auto const staged_in = staging();
  if (!staged_in) return staged_in.error();
  result<void> outcome;
  if (replace)
    if (auto const there = check_replaceable(directory, key); !there) outcome = there.error();
  if (outcome) {
    int failed = ::renameat2(staged_in->get(), from.c_str(), directory, to.c_str(), replace ? 0 : RENAME_NOREPLACE) == 0
                     ? 0
                     : errno;
    if (!replace && (failed == EINVAL || failed == ENOSYS))
      failed = ::linkat(staged_in->get(), from.c_str(), directory, to.c_str(), 0) == 0 ? -1 : errno;
    if (failed == 0) return {};
    if (failed == EEXIST) outcome = make_error(errc::collision, "is there already", resolver.path_of(key));
    else if (failed != -1) outcome = explain_naming(failed, key);
  }
  ::unlinkat(staged_in->get(), from.c_str(), 0);
  return outcome;
}

WAYBILL_DECL result<root_directory> root_directory::open(std::string const& path, bool create) {
  if (create)
    if (auto r = detail::make_parent_directories(path + "/."); !r) return r.error();
  file_descriptor fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return detail::path_error(errno, "cannot open the directory", path);
  std::unique_ptr<char, void (*)(void*)> const real{::realpath(path.c_str(), nullptr), std::free};
  std::string name = real ? real.get() : path;
  auto contents = std::make_shared<shared>(std::move(fd), name);
  return root_directory{std::move(contents), std::move(name)};
}

WAYBILL_DECL result<file_descriptor> root_directory::open_file(std::string_view key) const {
  // O_NONBLOCK: a pipe in the file's place must not hang us.
  auto fd = shared_->resolver.open(key, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return fd.error();
  struct stat s{};
  if (::fstat(fd->get(), &s) != 0) return shared_->resolver.explain(errno, key, "cannot stat");
  if (auto const file = shared_->require_file(s, key); !file) return file.error();
  return fd;
}

WAYBILL_DECL result<std::optional<file_state>> root_directory::state(std::string_view key) const {
  auto const fd = shared_->resolver.open(key, O_PATH);
  if (!fd) {
    if (fd.error().code == errc::file_not_found) return std::optional<file_state>{};
    return fd.error();
  }
  struct stat s{};
  if (::fstat(fd->get(), &s) != 0) return shared_->resolver.explain(errno, key, "cannot stat");
  return shared_->require_file(s, key);
}

WAYBILL_DECL result<void> root_directory::make_directories(std::string_view key) const {
  auto const made = shared_->resolver.directory(key, true);
  return made ? result<void>{} : made.error();
}

WAYBILL_DECL result<void> root_directory::remove_file(std::string_view key) const {
  auto const& resolver = shared_->resolver;
  for (bool file = true; file || !key.empty(); file = false) {
    auto const directory = resolver.parent(key, false);
    auto const [parent, name] = detail::split(key);
    if (!directory) {
      if (!file || directory.error().code == errc::file_not_found) return {};
      return directory.error();
    }
    if (::unlinkat(directory->get(), std::string{name}.c_str(), file ? 0 : AT_REMOVEDIR) != 0) {
      // A directory that stays is none of the caller's business: it holds something, or is not ours to remove.
      if (!file || errno == ENOENT) return {};
      return resolver.explain(errno, key, "cannot remove");
    }
    key = parent;
  }
  return {};
}

WAYBILL_DECL result<std::vector<std::string>> root_directory::files_below(std::string_view key) const {
  std::vector<std::string> out, directories{std::string{key}};
  while (!directories.empty()) {
    auto const here = std::move(directories.back());
    directories.pop_back();
    auto const directory = shared_->resolver.directory(here, false);
    if (!directory) return directory.error();
    auto const failed = detail::for_each_name(directory->get(), [&](char const* name) {
      struct stat s{};
      if (::fstatat(directory->get(), name, &s, AT_SYMLINK_NOFOLLOW) != 0) return errno;
      (S_ISDIR(s.st_mode) ? directories : out).push_back(here + "/" + name);
      return 0;
    });
    if (failed != 0) return shared_->resolver.explain(failed, here, "cannot list the directory");
  }
  return out;
}

WAYBILL_DECL result<void> root_directory::remove_empty_directories(std::string_view key) const {
  auto const& resolver = shared_->resolver;
  auto const directory = resolver.directory(key, false);
  if (!directory) return directory.error();
  std::string inner;
  auto const failed = detail::for_each_name(directory->get(), [&](char const* name) {
    struct stat s{};
    if (::fstatat(directory->get(), name, &s, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    inner.assign(key).append("/").append(name);
    if (!S_ISDIR(s.st_mode)) return ENOTEMPTY;
    return remove_empty_directories(inner) ? 0 : ENOTEMPTY;
  });
  if (failed == ENOTEMPTY)
    return make_error(errc::unsafe_path, "is a directory where a file should be, and not empty: " + inner + " is in it",
                      resolver.path_of(key));
  auto const above = resolver.parent(key, false);
  if (!above) return above.error();
  if (failed == 0 && ::unlinkat(above->get(), std::string{detail::split(key).name}.c_str(), AT_REMOVEDIR) == 0)
    return {};
  return resolver.explain(failed != 0 ? failed : errno, key, "cannot remove the directory");
}

WAYBILL_DECL result<void> root_directory::sync() const {
  if (::syncfs(shared_->resolver.root()) == 0) return {};
  return system_error(errno, "cannot flush the file system", path_);
}

WAYBILL_DECL result<root_directory::pending_file> root_directory::create(unsigned mode) const {
  auto& s = *shared_;
  if (s.unnamed_files.load(std::memory_order_relaxed)) {
    file_descriptor fd{::openat(s.resolver.root(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode)};
    if (fd) return pending_file{*this, std::move(fd), {}};
    // What file systems and old kernels say to O_TMPFILE.
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
      return system_error(errno, "cannot create a file in this directory", path_);
    s.unnamed_files = false;
  }
  auto const directory = s.staging();
  if (!directory) return directory.error();
  for (;;) {
    auto name = detail::staged_name();
    file_descriptor fd{
        ::openat(directory->get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
    if (fd) return pending_file{*this, std::move(fd), std::move(name)};
    if (errno != EEXIST)
      return system_error(errno, "cannot create a file in this directory", s.resolver.path_of(staging_name));
  }
}

WAYBILL_DECL root_directory::pending_file::pending_file(pending_file&& other) noexcept
    : root_{other.root_}, fd_{std::move(other.fd_)}, temporary_name_{std::exchange(other.temporary_name_, {})} {}

WAYBILL_DECL root_directory::pending_file::~pending_file() {
  if (temporary_name_.empty()) return;
  auto const directory = root_->shared_->resolver.directory(staging_name, false);
  if (directory) ::unlinkat(directory->get(), temporary_name_.c_str(), 0);
}

WAYBILL_DECL result<void> root_directory::pending_file::place(std::string_view key, durability when, bool replace) {
  auto& s = *root_->shared_;
  bool const each = when == durability::each;
  auto const directory = s.resolver.parent(key, true, each);
  if (!directory) return directory.error();
  if (each && ::fsync(fd_.get()) != 0) return s.resolver.explain(errno, key, "cannot flush to disk");
  result<void> placed;
  if (temporary_name_.empty()) {
    placed = s.place_open_file(fd_.get(), directory->get(), key, replace);
  } else {
    // Network file systems report a failed write only here; unnamed files do not exist on them.
    if (::close(fd_.release()) != 0 && errno != EINTR) return s.resolver.explain(errno, key, "cannot write");
    placed = s.place_staged(temporary_name_, directory->get(), key, replace);
  }
  if (placed && each)
    if (auto const failed = detail::sync_directory_of(directory->get()); failed != 0)
      return s.resolver.explain(failed, key, "cannot flush the directory to disk");
  return placed;
}

WAYBILL_DECL result<void> root_directory::pending_file::commit(std::string_view key, durability when) && {
  return place(key, when, true);
}

WAYBILL_DECL result<void> root_directory::pending_file::commit_new(std::string_view key, durability when) && {
  return place(key, when, false);
}

WAYBILL_DECL result<void> root_directory::link(std::string const& existing_path, std::string_view key,
                                               durability when) const {
  file_descriptor const fd{::open(existing_path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return detail::path_error(errno, "cannot open", existing_path);
  struct stat s{};
  if (::fstat(fd.get(), &s) != 0) return system_error(errno, "cannot stat", existing_path);
  // A link to a link would be a way out of the directory.
  if (!S_ISREG(s.st_mode))
    return make_error(errc::unsafe_path, "is not a regular file; only those are linked", existing_path);
  return link_open(fd.get(), key, when);
}

WAYBILL_DECL result<void> root_directory::link_open(int fd, std::string_view key, durability when) const {
  auto& s = *shared_;
  auto const directory = s.resolver.parent(key, true, when == durability::each);
  if (!directory) return directory.error();
  auto linked = s.place_open_file(fd, directory->get(), key, true);
  if (linked && when == durability::each)
    if (auto const failed = detail::sync_directory_of(directory->get()); failed != 0)
      return s.resolver.explain(failed, key, "cannot flush the directory to disk");
  if (linked || linked.error().code.category() != boost::system::system_category()) return linked;
  auto const cause = linked.error().code.value();
  if (cause != EMLINK && cause != EPERM && cause != EOPNOTSUPP) return linked;
  return make_error(errc::unsupported,
                    std::string{"cannot make a hard link ("} + std::strerror(cause) + "); copy instead",
                    s.resolver.path_of(key));
}

WAYBILL_DECL result<void> root_directory::clear_stale_staging(std::int64_t now_ns) const {
  constexpr std::int64_t hour_ns = 3'600'000'000'000;
  auto const directory = shared_->resolver.directory(staging_name, false);
  if (!directory) return directory.error().code == errc::file_not_found ? result<void>{} : directory.error();
  auto const failed = detail::for_each_name(directory->get(), [&](char const* name) {
    struct stat s{};
    if (::fstatat(directory->get(), name, &s, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
    // ctime: a staged hard link has the age of its content, but ctime is when it got its name.
    if (S_ISREG(s.st_mode) && detail::as_file_state(s).changed_ns < now_ns - hour_ns)
      ::unlinkat(directory->get(), name, 0);
    return 0;
  });
  if (failed != 0) return shared_->resolver.explain(failed, staging_name, "cannot clear");
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI
