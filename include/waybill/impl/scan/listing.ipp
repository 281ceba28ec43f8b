#pragma once

#include <waybill/scan/listing.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/work_queue.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

WAYBILL_DECL std::string tree_listing::path_of(std::string_view below) const {
  std::string out{root};
  if (!below.empty()) {
    if (out.back() != '/') out.push_back('/');
    out.append(below);
  }
  return out;
}

WAYBILL_DECL std::string tree_listing::path_of(listed_directory const& d, std::string_view name) const {
  auto out = path_of(d.path);
  if (out.back() != '/') out.push_back('/');
  return out.append(name);
}

WAYBILL_DECL result<std::string> real_path(std::string const& path) {
  std::unique_ptr<char, decltype(&std::free)> const real{::realpath(path.c_str(), nullptr), &std::free};
  if (!real) return path_error(errno, "cannot find", path);
  return std::string{real.get()};
}

/// One worker's part in listing a tree; its buffers serve one directory after another.
class directory_lister {
 public:
  directory_lister(tree_listing& listing, std::mutex& guard, ignore_rules const& rules, listing_options const& options)
      : listing_{listing}, guard_{guard}, rules_{rules}, options_{options} {}

  /// What `list` found; sub-directories have consecutive numbers.
  struct found {
    std::uint32_t files = 0;
    std::uint32_t first_directory = 0;
    std::uint32_t directories = 0;
  };

  /// Fills in a directory of the listing and adds its sub-directories to it.
  [[nodiscard]] result<found> list(std::uint32_t index);

 private:
  [[nodiscard]] result<void> read_names(int fd, listed_directory const& d);
  [[nodiscard]] result<void> add_name(int fd, listed_directory const& d, std::string_view name, unsigned char type);
  [[nodiscard]] bool wanted(listed_directory const& d, std::string_view name, child_kind kind);
  [[nodiscard]] found publish(listed_directory& d);
  [[nodiscard]] result<void> check_keys(listed_directory const& d) const;
  [[nodiscard]] std::string_view name_of(listed_child const& c) const noexcept {
    return std::string_view{names_}.substr(c.name_at, c.name_size);
  }

  tree_listing& listing_;
  std::mutex& guard_;
  ignore_rules const& rules_;
  listing_options const& options_;
  std::string names_, path_;
  std::vector<listed_child> children_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  static constexpr std::size_t buffer_size = std::size_t{64} << 10;
};

inline std::optional<child_kind> kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return child_kind::file;
  if (S_ISDIR(mode)) return child_kind::directory;
  if (S_ISLNK(mode)) return child_kind::link;
  return std::nullopt;
}

inline bool directory_lister::wanted(listed_directory const& d, std::string_view name, child_kind kind) {
  if (kind == child_kind::link && options_.skip_links) return false;
  if (d.path.empty() && std::ranges::find(options_.skip_top_level, name) != options_.skip_top_level.end()) return false;
  if (rules_.empty()) return true;
  path_ = listing_.path_of(d, name);
  return kind == child_kind::directory ? !rules_.ignores_directory(path_) : !rules_.ignores_file(path_);
}

inline result<void> directory_lister::add_name(int fd, listed_directory const& d, std::string_view name,
                                               unsigned char type) {
  if (name == "." || name == "..") return {};
  auto mode = static_cast<mode_t>(DTTOIF(type));
  if (type == DT_UNKNOWN) {
    struct stat s{};
    // The name ends with a zero: it lies in the kernel's record.
    if (::fstatat(fd, name.data(), &s, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};
      return system_error(errno, "cannot stat", listing_.path_of(d, name));
    }
    mode = s.st_mode;
  }
  auto const kind = kind_of(mode);
  if (!kind || !wanted(d, name, *kind)) return {};
  if (names_.size() + name.size() > UINT32_MAX)
    return make_error(errc::too_large, "has too many files; spread them over directories", listing_.path_of(d.path));
  children_.push_back({static_cast<std::uint32_t>(names_.size()), static_cast<std::uint16_t>(name.size()), *kind, 0});
  names_.append(name).push_back('\0');
  return {};
}

inline result<void> directory_lister::read_names(int fd, listed_directory const& d) {
  for (;;) {
    auto const n = ::syscall(SYS_getdents64, fd, buffer_.get(), buffer_size);
    if (n == 0) return {};
    if (n < 0 && errno == ENOENT) return changed_error("was removed", listing_.path_of(d.path));
    if (n < 0) return system_error(errno, "cannot list directory", listing_.path_of(d.path));
    for (long at = 0; at < n;) {
      auto const* const e = reinterpret_cast<dirent64 const*>(buffer_.get() + at);
      at += e->d_reclen;
      if (auto r = add_name(fd, d, e->d_name, e->d_type); !r) return r;
    }
  }
}

/// Only keys of files are written anywhere; a strange name of an empty directory harms nobody.
inline result<void> directory_lister::check_keys(listed_directory const& d) const {
  auto const is_file = [](listed_child const& c) { return c.kind != child_kind::directory; };
  auto const first = std::ranges::find_if(children_, is_file);
  if (first == children_.end()) return {};
  auto const refuse = [&](std::string_view name) {
    return make_error(errc::malformed_key, "the name is not UTF-8 and cannot stand in a manifest; rename the file",
                      printable(listing_.path_of(d, name)));
  };
  if (find_invalid_utf8(d.path) != std::string_view::npos) return refuse(name_of(*first));
  for (auto const& c : children_)
    if (is_file(c) && find_invalid_utf8(name_of(c)) != std::string_view::npos) return refuse(name_of(c));
  return {};
}

inline directory_lister::found directory_lister::publish(listed_directory& d) {
  std::uint32_t files = 0, below = 0;
  for (auto& c : children_) c.index = c.kind == child_kind::directory ? below++ : files++;
  std::lock_guard const lock{guard_};
  auto const first = static_cast<std::uint32_t>(listing_.directories.size());
  for (auto& c : children_) {
    if (c.kind != child_kind::directory) continue;
    c.index += first;
    auto& sub = listing_.directories.emplace_back();
    sub.path.reserve(d.path.size() + 1 + c.name_size);
    if (!d.path.empty()) sub.path.append(d.path).push_back('/');
    sub.path.append(name_of(c));
  }
  d.files = files;
  d.names = names_;
  d.children = children_;
  return {files, first, below};
}

inline result<directory_lister::found> directory_lister::list(std::uint32_t index) {
  std::unique_lock lock{guard_};
  auto& d = listing_.directories[index];
  lock.unlock();
  auto const* const name = d.path.empty() ? "." : d.path.c_str();
  file_descriptor const fd{::openat(listing_.root_fd.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    return changed_error("was removed or replaced", listing_.path_of(d.path));
  if (!fd) return system_error(errno, "cannot open directory", listing_.path_of(d.path));
  names_.clear();
  children_.clear();
  if (auto r = read_names(fd.get(), d); !r) return r.error();
  if (auto r = check_keys(d); !r) return r.error();
  auto const by_name = [&](listed_child const& c) { return name_of(c); };
  std::ranges::sort(children_, {}, by_name);
  // A directory that changes while it is listed may tell a name twice.
  children_.erase(std::ranges::unique(children_, {}, by_name).begin(), children_.end());
  return publish(d);
}

inline result<ignore_rules> read_ignore_rules(std::string const& path) {
  auto const content = read_file(path, std::size_t{1} << 24);
  if (content) return ignore_rules{*content};
  // A broken link does not exist for quilt3 either.
  if (content.error().code == make_error_code(errc::file_not_found)) return ignore_rules{};
  return content.error();
}

inline result<tree_listing> open_root(std::string const& root) {
  auto real = real_path(root);
  if (!real) return real.error();
  tree_listing listing{std::move(*real), {}, {}, 0};
  listing.root_fd = file_descriptor{::open(listing.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!listing.root_fd) return path_error(errno, "cannot open directory", listing.root);
  listing.directories.emplace_back();
  return listing;
}

WAYBILL_DECL result<tree_listing> list_tree(std::string const& root, listing_options const& options,
                                            job_control const& control) {
  auto listing = open_root(root);
  if (!listing) return listing;
  auto const rules = read_ignore_rules(listing->path_of(".quiltignore"));
  if (!rules) return rules.error();
  std::mutex guard;
  work_queue<std::uint32_t> queue;
  progress_counter counter{control.on_progress, "scan"};
  queue.push(0);
  auto const worker = [&](unsigned, std::size_t) {
    directory_lister lister{*listing, guard, *rules, options};
    return queue.drain(control.stop, [&](std::uint32_t index) -> result<void> {
      auto const found = lister.list(index);
      if (!found) return found.error();
      for (std::uint32_t i = 0; i < found->directories; ++i) queue.push(found->first_directory + i);
      counter.done(found->files, 0);
      return {};
    });
  };
  if (auto r = parallel_for(worker_count(control), control, worker); !r) return r.error();
  for (auto& d : listing->directories) d.first_file = std::exchange(listing->files, listing->files + d.files);
  counter.flush();
  return listing;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
