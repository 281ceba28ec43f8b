#pragma once

#include <waybill/store/directory_tree.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL bool is_store_internal(std::string_view key) noexcept {
  return key == store_lock || key == store_hold || key == store_staging ||
         (key.starts_with(store_staging) && key[store_staging.size()] == '/');
}

inline file_descriptor open_directory_at(int above, std::string const& name, int flags) {
  return file_descriptor{::openat(above, name.c_str(), flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

inline standing standing_of(int directory, std::string const& name) {
  struct stat s{};
  if (::fstatat(directory, name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? standing::nothing : standing::unknown;
  return S_ISREG(s.st_mode) ? standing::file : S_ISDIR(s.st_mode) ? standing::directory : standing::foreign;
}

WAYBILL_DECL standing_at look_at(int root, std::string_view key) {
  file_descriptor held;
  int at = root;
  for (std::size_t begin = 0;;) {
    auto const end = std::min(key.find('/', begin), key.size());
    std::string const name{key.substr(begin, end - begin)};
    std::string const here{key.substr(0, end)};
    auto const what = standing_of(at, name);
    if (end == key.size() || what == standing::nothing || what == standing::foreign || what == standing::unknown)
      return {what, here};
    if (what == standing::file) return {standing::file_above, here};
    auto next = open_directory_at(at, name, O_PATH);
    if (!next) return {errno == ENOENT ? standing::nothing : standing::unknown, here};
    held = std::move(next);
    at = held.get();
    begin = end + 1;
  }
}

WAYBILL_DECL std::string file_version(file_state const& state) {
  return std::to_string(state.inode) + "-" + std::to_string(state.modified_ns) + "-" + std::to_string(state.size);
}

struct close_directory {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};
using open_directory = std::unique_ptr<DIR, close_directory>;

/// One name of a directory; a directory's own ends with `/`, so that plain byte order is the order of keys.
struct listed_name {
  std::string name;
  file_state state;
  [[nodiscard]] bool is_directory() const noexcept { return name.back() == '/'; }
};

/// The time of a sealed file's content says nothing; that of its name and state does.
inline object_info listed_object(std::string const& key, file_state const& state) {
  object_info out{key, state.size, file_version(state), {}};
  out.stored = timestamp{std::chrono::nanoseconds{state.changed_ns}};
  return out;
}

class file_lister {
 public:
  file_lister(std::string const& path, std::string_view prefix, object_visitor const& visit)
      : path_{path}, prefix_{prefix}, visit_{visit} {}

  /// Lists a directory whose key, with its last `/`, is `key`.
  [[nodiscard]] result<void> list(file_descriptor directory, std::string const& key) const {
    auto const names = read_names(directory.get(), key);
    if (!names) return names.error();
    for (auto const& entry : *names) {
      auto const full = key + entry.name;
      if (!entry.is_directory()) {
        if (auto const r = visit_(listed_object(full, entry.state)); !r) return r.error();
        continue;
      }
      auto below = open_directory_at(directory.get(), entry.name.substr(0, entry.name.size() - 1), O_RDONLY);
      if (!below && is_gone(errno)) continue;
      if (!below) return failed(errno, full);
      if (auto const r = list(std::move(below), full); !r) return r.error();
    }
    return {};
  }

  /// Not there any more, or something else by now: as if it had never been seen.
  [[nodiscard]] static bool is_gone(int error_number) noexcept {
    return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
  }
  [[nodiscard]] error failed(int error_number, std::string_view key) const {
    return system_error(error_number, "cannot list this directory of the store", path_ + "/" + std::string{key});
  }

 private:
  [[nodiscard]] bool is_wanted(std::string_view full) const noexcept {
    if (full.back() != '/') return full.starts_with(prefix_) && !is_store_internal(full);
    return (full.starts_with(prefix_) || prefix_.starts_with(full)) && !is_store_internal(full);
  }

  [[nodiscard]] result<std::vector<listed_name>> read_names(int fd, std::string const& key) const {
    int const own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);  // closedir closes the descriptor it was given
    open_directory const directory{own < 0 ? nullptr : ::fdopendir(own)};
    if (!directory) {
      auto const cause = errno;
      file_descriptor{own}.reset();
      return failed(cause, key);
    }
    std::vector<listed_name> names;
    for (;;) {
      errno = 0;
      auto const* found = ::readdir(directory.get());
      if (found == nullptr && errno != 0) return failed(errno, key);
      if (found == nullptr) break;
      if (std::string_view const name{found->d_name}; name == "." || name == "..") continue;
      if (auto entry = examine(fd, key, *found)) names.push_back(std::move(*entry));
    }
    std::ranges::sort(names, {}, &listed_name::name);
    return names;
  }

  /// The entry if it is a file or a directory that may hold wanted keys.
  [[nodiscard]] std::optional<listed_name> examine(int fd, std::string const& key, dirent const& found) const {
    listed_name entry{found.d_name, {}};
    bool const may_be_directory = found.d_type == DT_DIR || found.d_type == DT_UNKNOWN;
    bool const may_be_file = found.d_type == DT_REG || found.d_type == DT_UNKNOWN;
    if (!(may_be_file && is_wanted(key + entry.name)) && !(may_be_directory && is_wanted(key + entry.name + "/")))
      return std::nullopt;
    if (found.d_type != DT_DIR) {
      struct stat s{};
      if (::fstatat(fd, found.d_name, &s, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
      if (S_ISREG(s.st_mode)) {
        entry.state = to_state(s);
        return is_wanted(key + entry.name) ? std::optional{std::move(entry)} : std::nullopt;
      }
      if (!S_ISDIR(s.st_mode)) return std::nullopt;
    }
    entry.name += '/';
    return is_wanted(key + entry.name) ? std::optional{std::move(entry)} : std::nullopt;
  }

  std::string const& path_;
  std::string_view prefix_;
  object_visitor const& visit_;
};

WAYBILL_DECL result<void> list_files(int root, std::string const& path, std::string_view prefix,
                                     object_visitor const& visit) {
  file_lister const lister{path, prefix, visit};
  auto at = open_directory_at(root, ".", O_RDONLY);
  if (!at) return lister.failed(errno, "");
  // Down to the directory that holds every wanted key, without reading those above it.
  std::size_t begin = 0;
  for (auto slash = prefix.find('/'); slash != std::string_view::npos; slash = prefix.find('/', begin)) {
    std::string const name{prefix.substr(begin, slash - begin)};
    // No key has such a segment, so none has the prefix.
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string::npos) return {};
    at = open_directory_at(at.get(), name, O_RDONLY);
    if (!at && file_lister::is_gone(errno)) return {};
    if (!at) return lister.failed(errno, prefix.substr(0, slash));
    begin = slash + 1;
  }
  if (begin != 0 && is_store_internal(prefix.substr(0, begin))) return {};
  return lister.list(std::move(at), std::string{prefix.substr(0, begin)});
}

/// A lock file of the store, opened; made where it is missing.
inline result<file_descriptor> open_lock_file(int root, std::string_view key, std::string const& shown) {
  auto const folder = open_directory_at(root, std::string{store_folder}, O_PATH);
  if (!folder) return system_error(errno, "cannot open the store's own directory", shown);
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  std::string const name{key.substr(store_folder.size() + 1)};
  file_descriptor lock{::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | flags, 0666)};
  // Someone else's lock file may not be ours to write; locking needs no more than reading.
  if (!lock && errno == EACCES) lock = file_descriptor{::openat(folder.get(), name.c_str(), O_RDONLY | flags)};
  if (!lock && errno == ELOOP)
    return make_error(errc::unsafe_path, "a symbolic link stands where the store's lock file must be; remove it",
                      shown);
  if (!lock) return system_error(errno, "cannot open the store's lock file", shown);
  return lock;
}

/// @param how  of flock  @return empty where somebody else has it and `how` says not to wait
inline result<std::optional<file_descriptor>> lock_file(int root, std::string const& path, std::string_view key,
                                                        int how) {
  auto const shown = path + "/" + std::string{key};
  for (;;) {
    auto lock = open_lock_file(root, key, shown);
    if (!lock) return lock.error();
    while (::flock(lock->get(), how) != 0) {
      if (errno == EWOULDBLOCK) return std::optional<file_descriptor>{};
      if (errno != EINTR) return system_error(errno, "cannot lock the store; its file system may lack flock", shown);
    }
    struct stat s{};
    if (::fstat(lock->get(), &s) != 0) return system_error(errno, "cannot stat the store's lock file", shown);
    // A file without a name was removed while we waited: others lock its successor.
    if (s.st_nlink != 0) return std::optional{std::move(*lock)};
  }
}

WAYBILL_DECL result<file_descriptor> lock_store(int root, std::string const& path) {
  auto lock = lock_file(root, path, store_lock, LOCK_EX);
  if (!lock) return lock.error();
  return std::move(**lock);
}

WAYBILL_DECL result<std::optional<file_descriptor>> try_hold_store(int root, std::string const& path, hold_kind kind) {
  return lock_file(root, path, store_hold, (kind == hold_kind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
}

}  // namespace waybill::inline WAYBILL_ABI::detail
