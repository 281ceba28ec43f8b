#pragma once

#include <waybill/scan/download.hpp>

#include <waybill/core/repeat_damaged.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL result<void> read_through(checking_tools const& with, byte_source& source, byte_sink* sink) {
  for (;;) {
    if (with.stop.stop_requested()) return interrupted_error();
    auto const n = source.read(with.buffer);
    if (!n) return n.error();
    if (*n == 0) return {};
    auto const bytes = byte_view{with.buffer}.first(*n);
    if (auto r = with.checker.update(bytes); !r) return r;
    if (sink != nullptr)
      if (auto r = sink->write(bytes); !r) return r;
    if (with.progress != nullptr) with.progress->done(0, *n);
  }
}

WAYBILL_DECL result<void> complete(partial_file& partial, entry const& e, content_provider& from,
                                   checking_tools const& with) {
  auto const there = partial.size();
  if (!there) return there.error();
  if (::lseek(partial.fd(), 0, SEEK_SET) != 0) return system_error(errno, "cannot read again", partial.path());
  if (auto r = with.checker.start(e); !r) return r;
  file_source kept{partial.fd(), partial.path()};
  auto moved = read_through(with, kept, nullptr);
  if (moved && *there < *e.size) {
    auto const source = *there == 0 ? from.open(e) : from.open_from(e, *there);
    file_sink sink{partial.fd(), partial.path()};
    moved = source ? read_through(with, **source, &sink) : source.error();
  }
  if (moved) moved = with.checker.finish();
  // Some servers give whole contents only.
  bool const no_part = !moved && *there != 0 && moved.error().code == condition::permanent;
  if (moved || (moved.error().code != condition::integrity && !no_part)) return moved;
  if (auto r = partial.discard(); !r) return r;
  if (*there == 0) return moved;
  if (with.progress != nullptr) with.progress->expect(0, *e.size);  // moved again, from the start
  return complete(partial, e, from, with);
}

WAYBILL_DECL result<void> complete(partial_file& partial, entry const& e, content_provider& from,
                                   std::stop_token const& stop) {
  entry_checker checker{{}};
  std::vector<std::byte> buffer(check_buffer_size);
  return repeat_damaged(from.attempts(), [&] { return complete(partial, e, from, {checker, buffer, stop}); });
}

WAYBILL_DECL std::optional<partial_file> partial_of(partial_files const* among, entry const& e) {
  auto const* d = e.digests.strongest();
  if (among == nullptr || d == nullptr || !e.size || *e.size < partial_files::smallest) return std::nullopt;
  return among->take(*d, *e.size);
}

WAYBILL_DECL result<file_descriptor> descriptor_of(partial_file const& partial) {
  file_descriptor own{::fcntl(partial.fd(), F_DUPFD_CLOEXEC, 0)};
  if (!own) return system_error(errno, "cannot open again", partial.path());
  return own;
}

}  // namespace waybill::inline WAYBILL_ABI::detail
