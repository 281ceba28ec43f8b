#pragma once

#include <waybill/driver/dagster/volume.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/tree.hpp>
#include <waybill/scan/work_queue.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

/// A name in a directory of a volume.
struct volume_name {
  std::string name;
  mode_t mode;
};

struct directory_closer {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// One worker's part in looking through a volume.
class volume_walker {
 public:
  volume_walker(volume_listing& listing, int root_fd, std::mutex& guard, work_queue<std::string>& queue)
      : listing_{listing}, root_fd_{root_fd}, guard_{guard}, queue_{queue} {}

  /// Looks at a directory: its sub-directories wait for a worker, or it is a dataset.
  [[nodiscard]] result<void> look_at(std::string const& path);

 private:
  [[nodiscard]] bool read_names(DIR* directory, std::string const& path);
  void sort_out(std::string const& path);
  void make_leaf(int fd, std::string const& path);
  [[nodiscard]] std::optional<file_state> state_of_link(std::string const& path, std::string const& name);
  void problem(problem_kind kind, std::string const& path, std::string detail);
  void unreadable(int cause, std::string const& path);
  [[nodiscard]] static std::string below(std::string const& path, std::string const& name) {
    return path.empty() ? name : path + "/" + name;
  }

  volume_listing& listing_;
  int root_fd_;
  std::mutex& guard_;
  work_queue<std::string>& queue_;
  std::vector<volume_name> files_, directories_;
};

inline void volume_walker::problem(problem_kind kind, std::string const& path, std::string detail) {
  std::lock_guard const lock{guard_};
  listing_.problems.push_back({kind, path.empty() ? "." : printable(path), std::move(detail)});
}

/// What has just gone away is no problem.
inline void volume_walker::unreadable(int cause, std::string const& path) {
  if (cause == ENOENT || cause == ENOTDIR || cause == ELOOP) return;
  problem(problem_kind::unreadable, path, system_error(cause, {}).code.message());
}

/// Fills `files_` and `directories_` in the order of names. @return false when the directory cannot be read
inline bool volume_walker::read_names(DIR* directory, std::string const& path) {
  files_.clear();
  directories_.clear();
  for (;;) {
    errno = 0;
    auto const* const found = ::readdir(directory);
    if (found == nullptr) break;
    std::string name{static_cast<char const*>(found->d_name)};
    if (name == "." || name == "..") continue;
    auto mode = static_cast<mode_t>(DTTOIF(found->d_type));
    struct stat s{};
    if (found->d_type == DT_UNKNOWN && ::fstatat(::dirfd(directory), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0)
      mode = s.st_mode;
    if (S_ISDIR(mode)) directories_.push_back({std::move(name), mode});
    else if (S_ISREG(mode) || S_ISLNK(mode)) files_.push_back({std::move(name), mode});
    else problem(problem_kind::not_a_file, below(path, name), "is a socket, a pipe or a device");
  }
  if (errno != 0) {
    unreadable(errno, path);
    return false;
  }
  static scan_options const kit;
  std::erase_if(directories_, [](volume_name const& d) {
    return std::ranges::find(kit.skip_top_level, d.name) != kit.skip_top_level.end();
  });
  std::ranges::sort(files_, {}, &volume_name::name);
  std::ranges::sort(directories_, {}, &volume_name::name);
  return true;
}

/// A directory with sub-directories: they are looked at, and its files are part of no dataset.
inline void volume_walker::sort_out(std::string const& path) {
  for (auto const& d : directories_) {
    if (find_invalid_utf8(d.name) == std::string_view::npos) queue_.push(below(path, d.name));
    else problem(problem_kind::not_utf8, below(path, d.name), "the directory's name is not UTF-8; rename it");
  }
  std::size_t count = 0;
  for (auto const& f : files_) {
    struct stat s{};
    auto const name = below(path, f.name);
    if (S_ISLNK(f.mode) && ::fstatat(root_fd_, name.c_str(), &s, 0) == 0 && S_ISDIR(s.st_mode))
      problem(problem_kind::directory_link, name, "links to directories are not followed");
    else ++count;
  }
  if (count != 0)
    problem(problem_kind::files_beside_directories, path,
            std::to_string(count) + (count == 1 ? " file stands" : " files stand") +
                (path.empty() ? " at the top, in no category" : " beside sub-directories") +
                "; a dataset is a directory without sub-directories");
}

/// The state of what a link in a dataset leads to; empty where that is no part of the dataset.
inline std::optional<file_state> volume_walker::state_of_link(std::string const& path, std::string const& name) {
  auto const link = below(path, name);
  auto const target = waybill::detail::real_path(listing_.root + "/" + link);
  struct stat s{};
  if (!target || ::stat(target->c_str(), &s) != 0) {
    problem(problem_kind::broken_link, link, "leads nowhere");
    return std::nullopt;
  }
  if (!is_below(*target, listing_.root + "/" + path)) {
    problem(problem_kind::escape, link, "leads out of its dataset; put a copy in its place");
    return std::nullopt;
  }
  if (S_ISREG(s.st_mode)) return waybill::detail::to_state(s);
  problem(problem_kind::not_a_file, link, "leads to no file");
  return std::nullopt;
}

inline void volume_walker::make_leaf(int fd, std::string const& path) {
  leaf_directory leaf{.path = path};
  std::string states;
  struct stat s{};
  if (::fstat(fd, &s) == 0) leaf.changed_ns = waybill::detail::to_state(s).changed_ns;
  for (auto const& f : files_) {
    if (find_invalid_utf8(f.name) != std::string_view::npos)
      return problem(problem_kind::not_utf8, below(path, f.name), "the name is not UTF-8; rename the file");
    std::optional<file_state> state;
    if (S_ISLNK(f.mode)) state = state_of_link(path, f.name);
    else if (::fstatat(fd, f.name.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0) state = waybill::detail::to_state(s);
    if (!state) continue;
    ++leaf.files;
    leaf.bytes += state->size;
    leaf.changed_ns = std::max({leaf.changed_ns, state->modified_ns, state->changed_ns});
    states.append(f.name).push_back('\0');
    for (auto const n : {state->size, static_cast<std::uint64_t>(state->modified_ns),
                         static_cast<std::uint64_t>(state->changed_ns), state->inode, state->device})
      states.append(std::to_string(n)).push_back(',');
  }
  if (leaf.files == 0) return problem(problem_kind::empty, path, "has no files");
  leaf.fingerprint = hash_bytes<sha256_hasher>(as_bytes(states)).hex();
  std::lock_guard const lock{guard_};
  listing_.leaves.push_back(std::move(leaf));
}

inline result<void> volume_walker::look_at(std::string const& path) {
  constexpr int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  file_descriptor fd{::openat(root_fd_, path.empty() ? "." : path.c_str(), how)};
  if (!fd && path.empty()) return system_error(errno, "cannot be listed", listing_.root);
  if (!fd) {
    unreadable(errno, path);
    return {};
  }
  std::unique_ptr<DIR, directory_closer> const directory{::fdopendir(fd.get())};
  if (!directory) return system_error(errno, "cannot be listed", listing_.root + "/" + path);
  int const own = fd.release();
  if (!read_names(directory.get(), path)) return {};
  if (path.empty() || !directories_.empty()) sort_out(path);
  else make_leaf(own, path);
  return {};
}

}  // namespace detail

WAYBILL_DECL std::string_view name_of(problem_kind kind) noexcept {
  constexpr std::array<std::string_view, 8> words{"files_beside_directories", "empty",       "unreadable", "escape",
                                                  "directory_link",           "broken_link", "not_a_file", "not_utf8"};
  return words[static_cast<std::size_t>(kind)];
}

WAYBILL_DECL result<volume_listing> list_volume(std::string const& root, job_control const& control) {
  auto real = waybill::detail::real_path(root);
  if (!real) return real.error();
  volume_listing out{.root = *real == "/" ? "" : std::move(*real)};
  file_descriptor const top{::open((out.root + "/").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!top) return waybill::detail::path_error(errno, "cannot open the volume", root);
  std::mutex guard;
  work_queue<std::string> queue;
  queue.push("");
  auto const work = [&](unsigned, std::size_t) {
    detail::volume_walker walker{out, top.get(), guard, queue};
    return queue.drain(control.stop, [&](std::string const& path) { return walker.look_at(path); });
  };
  auto const workers = worker_count(control);
  if (auto const r = parallel_for(workers, control, work); !r) return r.error();
  std::ranges::sort(out.leaves, walk_less{}, &leaf_directory::path);
  std::ranges::sort(out.problems, {}, [](volume_problem const& p) { return std::tie(p.path, p.kind); });
  return out;
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI
