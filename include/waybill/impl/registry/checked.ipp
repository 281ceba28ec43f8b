#pragma once

#include <waybill/registry/checked.hpp>

#include <waybill/core/drain.hpp>
#include <waybill/core/repeat_damaged.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/download.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>
#include <waybill/store/verified.hpp>

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::uint64_t checked_in_memory = std::uint64_t{8} << 20;

inline result<std::unique_ptr<byte_source>> open_verified(entry const& e, content_provider& from) {
  auto source = from.open(e);
  if (!source) return source;
  return verifying_source::wrap(std::move(*source), e.size, e.digests, e.key.str());
}

inline result<std::unique_ptr<byte_source>> checked_in_memory_of(entry const& e, content_provider& from) {
  auto const source = open_verified(e, from);
  if (!source) return source.error();
  auto text = read_text(**source);
  if (!text) return text.error();
  auto bytes = std::make_shared<std::string const>(std::move(*text));
  return std::unique_ptr<byte_source>{std::make_unique<shared_source>(std::move(bytes), byte_range{})};
}

inline result<std::unique_ptr<byte_source>> checked_in_file_of(entry const& e, content_provider& from,
                                                               root_directory const& root) {
  auto const source = open_verified(e, from);
  if (!source) return source.error();
  auto const file = root.create(0600);
  if (!file) return file.error();
  file_sink sink{file->fd(), root.path()};
  auto const size = drain_into(**source, sink);
  if (!size) return size.error();
  // The file has no name, or loses it with `file`; whoever reads it keeps it.
  file_descriptor own{::fcntl(file->fd(), F_DUPFD_CLOEXEC, 0)};
  if (!own) return system_error(errno, "cannot open again what was kept", root.path());
  return std::unique_ptr<byte_source>{
      std::make_unique<file_range_source>(std::move(own), *size, byte_range{}, root.path())};
}

/// The file loses its name once its bytes are whole and right; whoever reads it keeps it.
inline result<std::unique_ptr<byte_source>> checked_in_partial_of(entry const& e, content_provider& from,
                                                                  partial_file& partial, std::stop_token const& stop) {
  if (auto const whole = complete(partial, e, from, stop); !whole) return whole.error();
  auto own = descriptor_of(partial);
  if (!own) return own.error();
  auto source =
      std::make_unique<file_range_source>(std::move(*own), *e.size, byte_range{}, std::string{partial.path()});
  partial.finish();
  return std::unique_ptr<byte_source>{std::move(source)};
}

}  // namespace detail

WAYBILL_DECL result<std::unique_ptr<byte_source>> open_checked(entry const& e, content_provider& from,
                                                               std::string const& directory,
                                                               partial_files const* partials,
                                                               std::stop_token const& stop) {
  if (from.attempts() <= 1) return detail::open_verified(e, from);
  if (auto partial = detail::partial_of(partials, e)) return detail::checked_in_partial_of(e, from, *partial, stop);
  if (e.size && *e.size <= detail::checked_in_memory)
    return repeat_damaged(from.attempts(), [&] { return detail::checked_in_memory_of(e, from); });
  auto const root = root_directory::open(directory, true);
  if (!root) return root.error();
  return repeat_damaged(from.attempts(), [&] { return detail::checked_in_file_of(e, from, *root); });
}

}  // namespace waybill::inline WAYBILL_ABI
