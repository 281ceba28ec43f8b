#pragma once

#include <waybill/scan/beneath.hpp>

#include <waybill/scan/file_namer.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace waybill::inline WAYBILL_ABI {

struct root_directory::shared {
  shared(file_descriptor fd, std::string path) : resolver{std::move(fd), std::move(path)}, namer{resolver} {
    // Without /proc an unnamed file might never get its name (see file_namer::name_open_file).
    unnamed_files = ::access("/proc/self/fd", X_OK) == 0;
  }

  detail::beneath_resolver resolver;
  detail::file_namer namer;
  std::atomic<bool> unnamed_files;  ///< O_TMPFILE works here
};

namespace detail {

/// How tests reach what a root directory found out about its system.
struct root_access {
  [[nodiscard]] static root_directory::shared& of(root_directory const& root) noexcept { return *root.shared_; }
};

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

/// Calls `place(directory)` with a key's directory, again where that was removed since the cursor found it.
/// @param tries  how often `place` may be called
template <class F>
result<void> name_in_parent(beneath_resolver const& resolver, std::string_view key, waybill::durability when,
                            directory_cursor& at, int tries, F&& place) {
  bool const each = when == waybill::durability::each;
  for (;;) {
    auto const directory = at.parent(key, true, each);
    if (!directory) return directory.error();
    auto const placed = place(**directory);
    if (!placed && placed.error().code == errc::file_not_found && --tries > 0) {
      at.forget();
      continue;
    }
    if (placed && each)
      if (auto const failed = sync_directory_of(**directory); failed != 0)
        return resolver.explain(failed, key, "cannot flush the directory to disk");
    return placed;
  }
}

}  // namespace detail

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

WAYBILL_DECL result<opened_file> root_directory::open_file(std::string_view key) const {
  // O_NONBLOCK: a pipe in the file's place must not hang us.
  auto fd = shared_->resolver.open(key, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return fd.error();
  struct stat s{};
  if (::fstat(fd->get(), &s) != 0) return shared_->resolver.explain(errno, key, "cannot stat");
  auto const file = shared_->resolver.require_file(s, key);
  if (!file) return file.error();
  return opened_file{std::move(*fd), *file, shared_->resolver.path_of(key)};
}

WAYBILL_DECL result<std::optional<file_state>> root_directory::state(std::string_view key) const {
  auto const fd = shared_->resolver.open(key, O_PATH);
  if (!fd) {
    if (fd.error().code == errc::file_not_found) return std::optional<file_state>{};
    return fd.error();
  }
  struct stat s{};
  if (::fstat(fd->get(), &s) != 0) return shared_->resolver.explain(errno, key, "cannot stat");
  auto const file = shared_->resolver.require_file(s, key);
  if (!file) return file.error();
  return std::optional{*file};
}

WAYBILL_DECL root_directory::cursor root_directory::start() const { return cursor{shared_->resolver}; }

WAYBILL_DECL result<std::optional<file_state>> root_directory::state(std::string_view key, cursor& at) const {
  auto const directory = at.parent(key, false);
  if (!directory) return directory.error();
  if (!*directory) return std::optional<file_state>{};
  return shared_->namer.state(**directory, key);
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
  auto const directory = s.namer.staging();
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

WAYBILL_DECL root_directory::pending_file root_directory::adopt(file_descriptor fd) const {
  return pending_file{*this, std::move(fd), {}};
}

WAYBILL_DECL root_directory::pending_file::pending_file(pending_file&& other) noexcept
    : root_{other.root_}, fd_{std::move(other.fd_)}, temporary_name_{std::exchange(other.temporary_name_, {})} {}

WAYBILL_DECL root_directory::pending_file::~pending_file() {
  if (temporary_name_.empty()) return;
  auto const directory = root_->shared_->resolver.directory(staging_name, false);
  if (directory) ::unlinkat(directory->get(), temporary_name_.c_str(), 0);
}

WAYBILL_DECL result<void> root_directory::pending_file::place(std::string_view key, durability when, bool replace,
                                                              cursor& at) {
  auto const& s = *root_->shared_;
  if (when == durability::each && ::fsync(fd_.get()) != 0)
    return s.resolver.explain(errno, key, "cannot flush to disk");
  // Network file systems report a failed write only here; unnamed files do not exist on them.
  if (!temporary_name_.empty() && ::close(fd_.release()) != 0 && errno != EINTR)
    return s.resolver.explain(errno, key, "cannot write");
  auto& namer = root_->shared_->namer;
  if (temporary_name_.empty())
    return detail::name_in_parent(s.resolver, key, when, at, 2, [&](int directory) {
      return namer.place_open_file(fd_.get(), directory, key, replace);
    });
  at.forget();  // a staged file has one try
  return detail::name_in_parent(s.resolver, key, when, at, 1, [&](int directory) {
    return namer.place_staged(temporary_name_, directory, key, replace);
  });
}

WAYBILL_DECL result<void> root_directory::pending_file::commit(std::string_view key, durability when, cursor& at) && {
  return place(key, when, true, at);
}

WAYBILL_DECL result<void> root_directory::pending_file::commit(std::string_view key, durability when) && {
  auto at = root_->start();
  return place(key, when, true, at);
}

WAYBILL_DECL result<void> root_directory::pending_file::commit_new(std::string_view key, durability when,
                                                                   cursor& at) && {
  return place(key, when, false, at);
}

WAYBILL_DECL result<void> root_directory::pending_file::commit_new(std::string_view key, durability when) && {
  auto at = root_->start();
  return place(key, when, false, at);
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
  auto at = start();
  return link_open(fd.get(), key, when, at);
}

WAYBILL_DECL result<void> root_directory::link_open(int fd, std::string_view key, durability when, cursor& at) const {
  auto& s = *shared_;
  auto linked = detail::name_in_parent(
      s.resolver, key, when, at, 2, [&](int directory) { return s.namer.place_open_file(fd, directory, key, true); });
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
    if (S_ISREG(s.st_mode) && detail::to_state(s).changed_ns < now_ns - hour_ns) ::unlinkat(directory->get(), name, 0);
    return 0;
  });
  if (failed != 0) return shared_->resolver.explain(failed, staging_name, "cannot clear");
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI
