#pragma once

#include <waybill/driver/valohai/carrier.hpp>

#include <waybill/scan/pool.hpp>

#include <unistd.h>
#include <cerrno>
#include <span>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// A stop is looked for in between.
inline constexpr std::uint64_t most_at_once = std::uint64_t{64} << 20;

inline error changed_meanwhile(content_file const& file) {
  return make_error(errc::source_changed, "changed while it was read; run again when nobody writes to the content",
                    file.path);
}

/// Copies an open file within the kernel; false where the two file systems cannot.
inline result<bool> copy_in_kernel(content_file const& file, int from, int to, std::stop_token const& stop) {
  off64_t at = 0;
  for (std::uint64_t left = file.state.size; left != 0;) {
    if (stop.stop_requested()) return waybill::detail::interrupted_error();
    auto const n = ::copy_file_range(from, &at, to, nullptr, static_cast<std::size_t>(std::min(left, most_at_once)), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && at == 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)) return false;
    if (n < 0) return system_error(errno, "cannot copy to the outputs", file.path);
    if (n == 0) return changed_meanwhile(file);
    left -= static_cast<std::uint64_t>(n);
  }
  return true;
}

inline result<void> check_unchanged(content_file const& file, int fd) {
  auto const now = state_of(fd, file.path);
  if (!now) return now.error();
  return *now == file.state ? result<void>{} : changed_meanwhile(file);
}

}  // namespace detail

WAYBILL_DECL result<carrier> carrier::create(carrying_job const& job) {
  auto hasher = multi_hasher::create(job.algorithms, 0);
  if (!hasher) return hasher.error();
  return carrier{job, std::move(*hasher)};
}

WAYBILL_DECL result<digest_set> carrier::digests_of(byte_source& source) {
  for (;;) {
    if (job_->stop.stop_requested()) return waybill::detail::interrupted_error();
    auto const n = source.read(buffer_);
    if (!n) return n.error();
    if (*n == 0) return hasher_.finish();
    hasher_.update(byte_view{buffer_}.first(*n));
  }
}

/// What the old content is known to be; downloaded where the platform knows no checksum.
WAYBILL_DECL result<digest_set> carrier::old_digests(datum const& old, next_step next) {
  if (next != next_step::download_old) return old.digests;
  if (job_->platform == nullptr || old.id.empty())
    return make_error(errc::unsupported,
                      "the platform has no checksum of this file, and to download it takes VH_API_TOKEN; set it, or "
                      "choose --on-missing-checksum upload or keep",
                      old.name);
  auto const source = job_->platform->open_datum(old.id);
  if (!source) return source.error();
  return digests_of(**source);
}

/// Reads all of a file that fits the buffer.
WAYBILL_DECL result<std::size_t> carrier::fill(content_file const& file, byte_source& source) {
  std::size_t at = 0;
  while (at < file.state.size) {
    auto const n = source.read(std::span{buffer_}.subspan(at, static_cast<std::size_t>(file.state.size) - at));
    if (!n) return n.error();
    if (*n == 0) return detail::changed_meanwhile(file);
    at += *n;
  }
  job_->counter.hashed(at);
  return at;
}

/// Hashes an open file from its start, and copies it where there is a sink.
WAYBILL_DECL result<digest_set> carrier::stream(content_file const& file, int fd, byte_sink* sink) {
  if (::lseek(fd, 0, SEEK_SET) != 0) return system_error(errno, "cannot read from the start", file.path);
  file_source source{fd, file.path};
  for (std::uint64_t left = file.state.size; left != 0;) {
    if (job_->stop.stop_requested()) return waybill::detail::interrupted_error();
    auto const n = source.read(buffer_);
    if (!n) return n.error();
    if (*n == 0 || *n > left) return detail::changed_meanwhile(file);
    auto const bytes = byte_view{buffer_}.first(*n);
    hasher_.update(bytes);
    if (sink != nullptr)
      if (auto const r = sink->write(bytes); !r) return r.error();
    left -= *n;
    job_->counter.hashed(*n);
  }
  auto out = hasher_.finish();
  if (auto const r = detail::check_unchanged(file, fd); !r) return r.error();
  return out;
}

/// Is all known that has to be, and done what has to be?
WAYBILL_DECL result<bool> carrier::is_settled(first_look const& look, planned_file const& out) const {
  if (look.next != next_step::none) return false;
  if (look.verdict.action == file_action::kept) return true;
  auto const* content = out.digests.find(algorithms::sha256);
  if (job_->outputs == nullptr)
    return content != nullptr || look.verdict.action != file_action::added || !job_->rename_sizes.contains(out.size);
  return content != nullptr ? job_->outputs->holds(out.name, out.size, *content) : false;
}

WAYBILL_DECL result<void> carrier::carry_small(content_file const& file, int fd, first_look const& look,
                                               digest_set const& expected, planned_file& out) {
  file_source source{fd, file.path};
  auto const size = fill(file, source);
  if (!size) return size.error();
  auto const bytes = byte_view{buffer_}.first(*size);
  hasher_.update(bytes);
  out.digests = hasher_.finish();
  if (auto const r = detail::check_unchanged(file, fd); !r) return r;
  if (look.next != next_step::none) out.verdict = judge(expected, out.digests);
  if (job_->outputs == nullptr || out.verdict.action == file_action::kept) return {};
  auto copy = job_->outputs->create();
  if (!copy) return copy.error();
  if (auto const r = file_sink{copy->fd(), file.name}.write(bytes); !r) return r;
  return job_->outputs->name(std::move(*copy), file.name, out.digests.find(algorithms::sha256));
}

WAYBILL_DECL result<void> carrier::carry_large(content_file const& file, int fd, first_look const& look,
                                               digest_set const& expected, planned_file& out) {
  bool const undecided = look.next != next_step::none;
  if (undecided || job_->outputs == nullptr) {
    auto digests = stream(file, fd, nullptr);
    if (!digests) return digests.error();
    out.digests = std::move(*digests);
    if (undecided) out.verdict = judge(expected, out.digests);
    if (job_->outputs == nullptr || out.verdict.action == file_action::kept) return {};
  }
  auto copy = job_->outputs->create();
  if (!copy) return copy.error();
  result<bool> copied = false;
  if (undecided) copied = detail::copy_in_kernel(file, fd, copy->fd(), job_->stop);
  if (!copied) return copied.error();
  if (*copied) {
    if (auto const r = detail::check_unchanged(file, fd); !r) return r;
  } else {
    file_sink sink{copy->fd(), file.name};
    auto digests = stream(file, fd, &sink);
    if (!digests) return digests.error();
    if (undecided && *digests != out.digests) return detail::changed_meanwhile(file);
    out.digests = std::move(*digests);
  }
  return job_->outputs->name(std::move(*copy), file.name, out.digests.find(algorithms::sha256));
}

WAYBILL_DECL result<planned_file> carrier::carry(content_file const& file) {
  planned_file out{.name = file.name, .verdict = {}, .size = file.state.size};
  auto const* old = job_->before.find(file.name);
  auto look = look_at(old, out.size, job_->missing);
  if (job_->ambiguous_is_changed && old != nullptr && job_->before.was_ambiguous(file.name))
    look = {next_step::none, {file_action::changed, file_reason::ambiguous}};
  digest_set expected;
  if (look.next != next_step::none) {
    auto known = old_digests(*old, look.next);
    if (!known) return known.error();
    expected = std::move(*known);
  }
  if (auto cached = job_->cache != nullptr ? job_->cache->find(file.key, file.state) : std::nullopt) {
    out.digests = std::move(*cached);
    if (look.next != next_step::none) look = {next_step::none, judge(expected, out.digests)};
  }
  out.verdict = look.verdict;
  auto const settled = is_settled(look, out);
  if (!settled) return settled.error();
  if (!*settled) {
    auto const open = open_regular_file(file.path);
    if (!open) return open.error();
    if (open->state != file.state) return detail::changed_meanwhile(file);
    auto const carried = file.state.size <= buffer_.size() ? carry_small(file, open->fd.get(), look, expected, out)
                                                           : carry_large(file, open->fd.get(), look, expected, out);
    if (!carried) return carried.error();
  }
  job_->counter.done(out.verdict.action);
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
