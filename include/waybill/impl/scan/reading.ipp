#pragma once

#include <waybill/scan/reading.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/reading_item.hpp>
#include <waybill/scan/work_queue.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What the workers share.
struct reading_state {
  tree_content& tree;
  reading_options const& options;
  job_control const& control;
  progress_counter counter;
  work_queue<reading_item> queue{};
  std::mutex targets_guard{};
};

/// A child that is being looked at.
struct reading_subject {
  listed_directory const& directory;
  std::string_view name;  ///< with a zero behind it
  std::uint64_t number;
  std::string target{};  ///< real path of a link's target

  [[nodiscard]] bool is_link() const noexcept { return !target.empty(); }
};

class reading_worker {
 public:
  explicit reading_worker(reading_state& shared) noexcept : shared_{shared}, tree_{shared.tree} {}
  [[nodiscard]] result<void> run(reading_item item);
  /// Nothing more will be run.
  void finish() {
    if (hasher_) hasher_->settle();
  }

 private:
  /// Whether a file was dealt with, or is large and waits for its turn.
  enum class progress_of_file : std::uint8_t { settled, postponed };

  [[nodiscard]] result<void> run_children(reading_item& item);
  [[nodiscard]] result<void> run_parts(reading_item& item);
  [[nodiscard]] result<progress_of_file> run_file(int directory_fd, listed_child const& child, reading_subject& file,
                                                  bool alone);
  [[nodiscard]] result<bool> resolve_link(reading_subject& file);
  [[nodiscard]] result<bool> settle_by_state(int directory_fd, reading_subject const& file);
  [[nodiscard]] result<progress_of_file> read(int directory_fd, reading_subject const& file, bool alone);
  [[nodiscard]] result<void> hash(file_descriptor const& fd, reading_subject const& file, file_state const& state);
  [[nodiscard]] result<void> hash_in_parts(file_descriptor fd, reading_subject const& file, file_state const& state);
  [[nodiscard]] result<content_hasher*> hasher();

  [[nodiscard]] std::string path_of(reading_subject const& file) const {
    return file.is_link() ? file.target : tree_.listing.path_of(file.directory, file.name);
  }
  [[nodiscard]] std::byte* digest_of(std::uint64_t number) const noexcept {
    return tree_.digests.data() + number * tree_.digest_size();
  }
  void record(std::uint64_t number, file_state const& state, file_fate fate) const noexcept {
    tree_.states[number] = state;
    tree_.fates[number] = fate;
  }

  reading_state& shared_;
  tree_content& tree_;
  std::optional<content_hasher> hasher_;
  std::string key_;
  std::size_t cache_hint_ = 0;
};

inline result<content_hasher*> reading_worker::hasher() {
  if (!hasher_) {
    auto made = content_hasher::create(tree_.algorithms, shared_.control.stop, shared_.counter);
    if (!made) return made.error();
    hasher_.emplace(std::move(*made));
  }
  return &*hasher_;
}

/// The error of a file that was there when its directory was listed.
inline error gone_or(int cause, std::string_view what, std::string path) {
  if (cause == ENOENT || cause == ENOTDIR || cause == ELOOP || cause == ENXIO)
    return changed_error("was removed or replaced", std::move(path));
  return system_error(cause, std::string{what}, std::move(path));
}

/// Follows a link. @return false when it does not lead to a regular file that is wanted
inline result<bool> reading_worker::resolve_link(reading_subject& file) {
  auto const link = tree_.listing.path_of(file.directory, file.name);
  struct stat s{};
  if (::stat(link.c_str(), &s) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return false;
    return system_error(errno, "cannot follow the link", link);
  }
  if (!S_ISREG(s.st_mode)) return false;
  auto target = real_path(link);
  if (!target) return changed_error("was removed or replaced", link);
  auto const root = tree_.listing.root == "/" ? std::string_view{} : std::string_view{tree_.listing.root};
  auto const& options = shared_.options;
  bool const leads_out = (options.refuse_links_out || options.skip_links_out) && !is_below(*target, root);
  if (leads_out && options.skip_links_out) return false;
  if (leads_out)
    return make_error(errc::unsafe_path, "links to " + *target + ", outside the tree; put a copy in its place", link);
  file.target = std::move(*target);
  std::lock_guard const lock{shared_.targets_guard};
  tree_.targets[file.number] = file.target;
  return true;
}

/// Takes what the file system says of a file, where that is enough. @return false when its content has to be read
inline result<bool> reading_worker::settle_by_state(int directory_fd, reading_subject const& file) {
  auto const* const cache = shared_.options.cache;
  auto const stat_only = tree_.algorithms.empty();
  if (!stat_only) {
    if (cache == nullptr || cache->size() == 0) return false;
    key_.assign(file.directory.path);
    if (!key_.empty()) key_.push_back('/');
    key_.append(file.name);
    if (!cache->has_key(key_, cache_hint_)) return false;
  }
  struct stat s{};
  auto const failed = file.is_link() ? ::lstat(file.target.c_str(), &s)
                                     : ::fstatat(directory_fd, file.name.data(), &s, AT_SYMLINK_NOFOLLOW);
  if (failed != 0) return gone_or(errno, "cannot stat", path_of(file));
  if (!S_ISREG(s.st_mode)) return changed_error("was replaced", path_of(file));
  auto const state = to_state(s);
  if (stat_only) {
    record(file.number, state, file_fate::listed);
    return true;
  }
  auto const bytes = cache->find_bytes(key_, state, cache_hint_);
  if (bytes.size() != tree_.digest_size()) return false;
  std::memcpy(digest_of(file.number), bytes.data(), bytes.size());
  record(file.number, state, file_fate::from_cache);
  return true;
}

inline result<void> reading_worker::hash(file_descriptor const& fd, reading_subject const& file,
                                         file_state const& state) {
  auto const hasher_here = hasher();
  if (!hasher_here) return hasher_here.error();
  shared_.counter.expect(0, state.size);
  auto const hashed = (*hasher_here)->hash_soon(fd.get(), state.size, {}, digest_of(file.number));
  struct stat after{};
  if (hashed && ::fstat(fd.get(), &after) != 0) return system_error(errno, "cannot stat", path_of(file));
  if (!hashed) return error{hashed.error().code, hashed.error().detail, path_of(file)};
  if (to_state(after) != state) return changed_error("changed", path_of(file));
  record(file.number, state, (*hasher_here)->met_placeholder() ? file_fate::placeholder : file_fate::read);
  shared_.counter.done(1, 0);
  return {};
}

inline result<void> reading_worker::hash_in_parts(file_descriptor fd, reading_subject const& file,
                                                  file_state const& state) {
  reading_item item;
  item.job = std::make_shared<part_job>(std::move(fd), path_of(file), state, worker_count(shared_.control));
  item.job_file = file.number;
  shared_.counter.expect(0, state.size);
  auto const helpers = std::min<std::uint64_t>(worker_count(shared_.control), item.job->parts()) - 1;
  for (std::uint64_t i = 0; i < helpers; ++i) shared_.queue.push_first(item);
  return run_parts(item);
}

inline result<void> reading_worker::run_parts(reading_item& item) {
  auto const hasher_here = hasher();
  if (!hasher_here) return hasher_here.error();
  for (;;) {
    auto const done = item.job->hash_next(**hasher_here);
    if (!done) return done.error();
    if (*done == part_job::outcome::none) return {};
    if (*done == part_job::outcome::more) continue;
    if (auto r = item.job->finish(digest_of(item.job_file)); !r) return r;
    record(item.job_file, item.job->state(), file_fate::read);
    shared_.counter.done(1, 0);
    return {};
  }
}

inline result<reading_worker::progress_of_file> reading_worker::read(int directory_fd, reading_subject const& file,
                                                                     bool alone) {
  // O_NONBLOCK: what was a file may be a pipe by now.
  constexpr auto flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  file_descriptor fd{file.is_link() ? ::open(file.target.c_str(), flags)
                                    : ::openat(directory_fd, file.name.data(), flags)};
  if (!fd) return gone_or(errno, "cannot open", path_of(file));
  struct stat s{};
  if (::fstat(fd.get(), &s) != 0) return system_error(errno, "cannot stat", path_of(file));
  if (!S_ISREG(s.st_mode)) return changed_error("was replaced", path_of(file));
  auto const state = to_state(s);
  if (!alone && state.size >= large_file) return progress_of_file::postponed;
  auto const done = alone && hashed_in_parts(tree_.algorithms, state.size) ? hash_in_parts(std::move(fd), file, state)
                                                                           : hash(fd, file, state);
  if (!done) return done.error();
  return progress_of_file::settled;
}

inline result<reading_worker::progress_of_file> reading_worker::run_file(int directory_fd, listed_child const& child,
                                                                         reading_subject& file, bool alone) {
  if (child.kind == child_kind::link) {
    auto const leads_to_file = resolve_link(file);
    if (!leads_to_file) return leads_to_file.error();
    if (!*leads_to_file) return progress_of_file::settled;
  }
  auto const settled = settle_by_state(directory_fd, file);
  if (!settled) return settled.error();
  if (!*settled) return read(directory_fd, file, alone);
  shared_.counter.done(1, 0);
  return progress_of_file::settled;
}

inline result<void> reading_worker::run_children(reading_item& item) {
  auto const& d = tree_.listing.directories[item.directory];
  file_descriptor const fd{::openat(tree_.listing.root_fd.get(), d.path.empty() ? "." : d.path.c_str(),
                                    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd) return gone_or(errno, "cannot open directory", tree_.listing.path_of(d.path));
  std::uint64_t bytes = 0;
  for (; item.first < item.last; ++item.first) {
    auto const& child = d.children[item.first];
    if (child.kind == child_kind::directory) continue;
    if (shared_.control.stop.stop_requested()) return interrupted_error();
    if (bytes >= large_file) {
      shared_.queue.push_first(item);
      return {};
    }
    reading_subject file{d, d.name_of(child), d.first_file + child.index};
    auto const done = run_file(fd.get(), child, file, item.alone);
    if (!done) return done.error();
    if (*done == progress_of_file::postponed)
      shared_.queue.push_first({item.directory, item.first, item.first + 1, true});
    else if (!item.alone)  // a file alone may still be in work elsewhere
      bytes += tree_.states[file.number].size;
  }
  return {};
}

inline result<void> reading_worker::run(reading_item item) { return item.job ? run_parts(item) : run_children(item); }

inline void count_files(tree_content& tree) noexcept {
  for (std::uint64_t i = 0; i < tree.listing.files; ++i) {
    if (tree.fates[i] == file_fate::left_out) continue;
    ++tree.file_count;
    tree.total_size += tree.states[i].size;
    if (tree.fates[i] != file_fate::read && tree.fates[i] != file_fate::placeholder) continue;
    ++tree.files_read;
    tree.bytes_read += tree.states[i].size;
  }
}

WAYBILL_DECL result<void> read_files(tree_content& tree, reading_options const& options, job_control const& control) {
  auto const files = static_cast<std::size_t>(tree.listing.files);
  tree.states.resize(files);
  tree.fates.resize(files);
  tree.digests.resize(files * tree.digest_size());
  reading_state shared{tree, options, control, progress_counter{control.on_progress, "hash"}};
  shared.counter.expect(files, 0);
  queue_all(tree.listing, worker_count(control), shared.queue);
  auto const done = parallel_for(worker_count(control), control, [&](unsigned, std::size_t) {
    reading_worker worker{shared};
    auto const drained =
        shared.queue.drain(control.stop, [&](reading_item item) { return worker.run(std::move(item)); });
    worker.finish();
    return drained;
  });
  if (!done) return done;
  shared.counter.flush();
  count_files(tree);
  return {};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
