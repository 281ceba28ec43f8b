#pragma once

#include <waybill/scan/transfer.hpp>

#include <waybill/core/repeat_damaged.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/scan/seal.hpp>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

/// Sharing blocks costs about as much as copying this many bytes.
inline constexpr std::uint64_t smallest_clone = std::uint64_t{1} << 20;

/// Adds where the wrong bytes came from, and the key where an error has no place.
inline error at_entry(error e, entry const& of, std::string_view from = {}) {
  if (e.path.empty()) e.path = of.key.str();
  if (e.code == condition::integrity && !from.empty()) e.detail.append("; the bytes came from ").append(from);
  return e;
}

/// An entry's place for messages.
inline std::string place_of(entry const& e) {
  return e.places.empty() ? "the store" : shown_url(e.places.front().url());
}

WAYBILL_DECL transfer_worker::transfer_worker(transfer_job& job)
    : job_{&job}, cursor_{job.target.start()}, checker_{job.rules.require}, buffer_(check_buffer_size) {}

WAYBILL_DECL result<void> transfer_worker::check_file(entry const& e, int fd) {
  return check_open_file(checker_, e, fd, buffer_, job_->stop, &job_->progress);
}

WAYBILL_DECL result<bool> transfer_worker::is_current(entry const& e, file_state const& state) {
  if (auto const* cache = job_->rules.cache; cache != nullptr) {
    if (auto const known = cache->find(e.key, state)) {
      bool all = true;
      for (auto const* d : deciding_digests(e.digests, job_->rules.require)) {
        auto const* there = known->find(d->kind());
        if (there != nullptr && *there != *d) return false;
        all = all && there != nullptr;
      }
      if (all) {
        job_->progress.done(0, *e.size);
        return true;
      }
    }
  }
  auto const file = job_->target.open_file(e.key);
  if (!file) return file.error().code == errc::file_not_found ? result<bool>{false} : file.error();
  auto const checked = check_file(e, file->fd.get());
  if (checked) return true;
  if (checked.error().code != condition::integrity) return checked.error();
  job_->progress.expect(0, *e.size);  // these bytes are moved again
  return false;
}

WAYBILL_DECL result<void> transfer_worker::name(root_directory::pending_file file, entry const& e,
                                                bool taken_is_error) {
  return taken_is_error ? std::move(file).commit_new(e.key, job_->rules.durable, cursor_)
                        : std::move(file).commit(e.key, job_->rules.durable, cursor_);
}

/// A content that fits the buffer: bytes read, all of them checked.
WAYBILL_DECL result<std::size_t> transfer_worker::read_whole(entry const& e, byte_source& source) {
  if (auto r = checker_.start(e); !r) return r.error();
  std::size_t at = 0;
  while (at <
         buffer_.size()) {  // the entry is smaller, so the end, or a byte too many, is seen before the buffer is full
    if (job_->stop.stop_requested()) return interrupted_error();
    auto const n = source.read(std::span{buffer_}.subspan(at));
    if (!n) return n.error();
    if (*n == 0) break;
    if (auto r = checker_.update(byte_view{buffer_}.subspan(at, *n)); !r) return r.error();
    at += *n;
  }
  if (auto r = checker_.finish(); !r) return r.error();
  job_->progress.done(0, at);
  return at;
}

WAYBILL_DECL result<void> transfer_worker::copy(entry const& e, byte_source& source, bool taken_is_error) {
  if (*e.size < buffer_.size()) {
    auto const size = read_whole(e, source);
    if (!size) return size.error();
    auto file = job_->target.create();
    if (!file) return file.error();
    if (auto r = file_sink{file->fd(), e.key.str()}.write(byte_view{buffer_}.first(*size)); !r) return r;
    return name(std::move(*file), e, taken_is_error);
  }
  if (auto r = checker_.start(e); !r) return r;
  auto file = job_->target.create();
  if (!file) return file.error();
  file_sink sink{file->fd(), e.key.str()};
  if (auto r = read_through(tools(), source, &sink); !r) return r;
  if (auto r = checker_.finish(); !r) return r;
  return name(std::move(*file), e, taken_is_error);
}

WAYBILL_DECL checking_tools transfer_worker::tools() { return {checker_, buffer_, job_->stop, &job_->progress}; }

/// The file itself becomes the entry's where one file system holds both, else it is copied.
WAYBILL_DECL result<void> transfer_worker::copy_by(partial_file& partial, entry const& e, bool taken_is_error) {
  if (auto r = complete(partial, e, job_->contents, tools()); !r) return r;
  auto own = descriptor_of(partial);
  if (!own) return own.error();
  auto named = name(job_->target.adopt(std::move(*own)), e, taken_is_error);
  if (!named && named.error().code == errc::unsupported) {
    if (::lseek(partial.fd(), 0, SEEK_SET) != 0) return system_error(errno, "cannot read again", partial.path());
    job_->progress.expect(0, *e.size);  // read once more, to copy
    file_source whole{partial.fd(), partial.path()};
    named = copy(e, whole, taken_is_error);
  }
  if (named) partial.finish();
  return named;
}

/// Shares the source's blocks; false where the file systems cannot.
WAYBILL_DECL result<bool> transfer_worker::clone(entry const& e, int fd, bool taken_is_error) {
  if (*e.size < smallest_clone || !job_->can_clone.load(std::memory_order_relaxed)) return false;
  auto file = job_->target.create();
  if (!file) return file.error();
  if (::ioctl(file->fd(), FICLONE, fd) != 0) {
    job_->can_clone = false;
    return false;
  }
  // What was cloned is what is checked, whatever happens to the source meanwhile.
  if (auto r = check_file(e, file->fd()); !r) return r.error();
  if (auto r = name(std::move(*file), e, taken_is_error); !r) return r.error();
  return true;
}

/// Reads a file that is to be linked, unless its seal says that this was done when it was written.
WAYBILL_DECL result<void> transfer_worker::check_linked(entry const& e, opened_file const& file) {
  auto const deciding = deciding_digests(e.digests, job_->rules.require);
  if (deciding.size() == 1 && is_sealed(file.state, *deciding.front())) {
    job_->progress.done(0, *e.size);
    return {};
  }
  if (auto r = check_file(e, file.fd.get()); !r) return r;
  auto const after = state_of(file.fd.get(), file.path);
  if (!after) return after.error();
  // Other names may come and go meanwhile, which changes ctime only.
  if (after->size == file.state.size && after->modified_ns == file.state.modified_ns) return {};
  return make_error(errc::source_changed, "changed while it was read; repeat when nobody writes to it", file.path);
}

/// A second name for the very file that was checked; false where the system does not allow it.
WAYBILL_DECL result<bool> transfer_worker::link(entry const& e, opened_file const& file) {
  if (auto r = check_linked(e, file); !r) return r.error();
  auto const linked = job_->target.link_open(file.fd.get(), e.key, job_->rules.durable, cursor_);
  if (linked) return true;
  if (linked.error().code != errc::unsupported) return linked.error();
  job_->progress.expect(0, *e.size);  // read once more, to copy
  if (::lseek(file.fd.get(), 0, SEEK_SET) != 0) return system_error(errno, "cannot read again", file.path);
  return false;
}

WAYBILL_DECL result<void> transfer_worker::copy_file(entry const& e, opened_file const& file, bool taken_is_error) {
  if (job_->rules.mode == placement_mode::hard_link && !taken_is_error) {
    auto const linked = link(e, file);
    if (!linked) return linked.error();
    if (*linked) return {};
  }
  auto const cloned = clone(e, file.fd.get(), taken_is_error);
  if (!cloned) return cloned.error();
  if (*cloned) return {};
  file_source source{file.fd.get(), file.path};
  return copy(e, source, taken_is_error);
}

WAYBILL_DECL result<void> transfer_worker::place(entry const& e, bool taken_is_error) {
  if (auto const file = job_->contents.open_local(e)) {
    auto const placed = copy_file(e, *file, taken_is_error);
    return placed ? placed : at_entry(placed.error(), e, file->path);
  }
  auto partial = partial_of(job_->rules.partials, e);
  bool again = false;
  return repeat_damaged(job_->contents.attempts(), [&]() -> result<void> {
    if (std::exchange(again, true)) job_->progress.expect(0, *e.size);  // moved again
    if (partial) {
      auto const placed = copy_by(*partial, e, taken_is_error);
      return placed ? placed : at_entry(placed.error(), e, place_of(e));
    }
    auto const source = job_->contents.open(e);
    if (!source) return at_entry(source.error(), e);
    auto const placed = copy(e, **source, taken_is_error);
    return placed ? placed : at_entry(placed.error(), e, place_of(e));
  });
}

}  // namespace waybill::inline WAYBILL_ABI::detail
