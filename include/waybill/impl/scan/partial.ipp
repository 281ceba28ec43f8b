#pragma once

#include <waybill/scan/partial.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL result<std::uint64_t> partial_file::size() const {
  auto const state = state_of(fd_.get(), path_);
  if (!state) return state.error();
  return state->size;
}

WAYBILL_DECL result<void> partial_file::discard() {
  if (::ftruncate(fd_.get(), 0) == 0) return {};
  return system_error(errno, "cannot throw away what was fetched before", path_);
}

WAYBILL_DECL void partial_file::finish() noexcept {
  if (!path_.empty()) ::unlink(std::exchange(path_, std::string{}).c_str());
}

WAYBILL_DECL partial_file::~partial_file() {
  struct stat s{};
  if (fd_ && ::fstat(fd_.get(), &s) == 0 && s.st_size == 0) finish();
}

namespace detail {

/// A file of that name, locked; empty where somebody else has it or it is not ours alone.
inline file_descriptor lock_partial(std::string const& path, int flags) {
  file_descriptor fd{::open(path.c_str(), flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644)};
  if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return {};
  struct stat mine{}, named{};
  if (::fstat(fd.get(), &mine) != 0 || !S_ISREG(mine.st_mode)) return {};
  // Whoever had it may have removed it before it was locked.
  if (::lstat(path.c_str(), &named) != 0 || named.st_ino != mine.st_ino || named.st_dev != mine.st_dev) return {};
  if (mine.st_nlink == 1) return fd;
  // It got its other name, and the run was killed before this one went: that file is not to be written to.
  ::unlink(path.c_str());
  return {};
}

}  // namespace detail

WAYBILL_DECL result<partial_files> partial_files::open(std::string directory, std::int64_t now_ns) {
  constexpr std::int64_t week_ns = std::int64_t{7} * 24 * 3'600 * 1'000'000'000;
  if (auto const made = detail::make_parent_directories(directory + "/x"); !made) return made.error();
  partial_files out{std::move(directory)};
  out.remove_older_than(now_ns - week_ns);
  return out;
}

WAYBILL_DECL std::optional<partial_file> partial_files::take(digest const& d, std::uint64_t size) const {
  auto path = directory_ + "/" + std::string{d.kind().name()} + "-" + d.hex() + "-" + std::to_string(size);
  // The second time there is no leftover of a killed run in the way.
  for (int attempt = 0; attempt < 2; ++attempt)
    if (auto fd = detail::lock_partial(path, O_CREAT)) return partial_file{std::move(fd), std::move(path)};
  return std::nullopt;
}

WAYBILL_DECL std::uint64_t partial_files::remove_older_than(std::int64_t ns) const {
  std::uint64_t freed = 0;
  std::error_code failed;
  for (auto const& at : std::filesystem::directory_iterator{directory_, failed}) {
    auto const path = at.path().string();
    auto const fd = detail::lock_partial(path, 0);
    auto const state = fd ? state_of(fd.get(), path) : result<file_state>{make_error(errc::lost_race, {})};
    if (state && state->modified_ns < ns && ::unlink(path.c_str()) == 0) freed += state->size;
  }
  return freed;
}

WAYBILL_DECL std::uint64_t partial_files::clear() const {
  return remove_older_than(std::numeric_limits<std::int64_t>::max());
}

}  // namespace waybill::inline WAYBILL_ABI
