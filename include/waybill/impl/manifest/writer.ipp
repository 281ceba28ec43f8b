#pragma once

#include <waybill/manifest/writer.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t written_at_once = std::size_t{64} << 10;

}  // namespace detail

WAYBILL_DECL result<manifest_writer> manifest_writer::begin(byte_sink& sink, manifest_header const& header) {
  manifest_writer out{sink, header};
  auto const written = quilt::append_header_line(out.buffer_, header);
  if (!written) return written.error();
  return out;
}

WAYBILL_DECL result<void> manifest_writer::directories(std::span<directory_meta const> sorted) {
  directory_meta const* previous = nullptr;
  for (auto const& d : sorted) {
    if (previous != nullptr && walk_compare(previous->key, d.key) >= 0)
      return make_error(errc::unsorted, "directories must come parents first, names sorted", printable(d.key) + "/");
    previous = &d;
    if (auto const appended = quilt::append_directory_line(buffer_, d); !appended) return appended;
    if (auto const flushed = flush_above(detail::written_at_once); !flushed) return flushed;
  }
  return {};
}

WAYBILL_DECL result<void> manifest_writer::add(entry const& e) {
  if (!previous_key_.empty()) {
    auto const ordered = detail::check_neighbours(previous_key_, e.key);
    if (!ordered) return ordered.error();
    if (!*ordered)
      return make_error(errc::unsorted, "entry comes before '" + printable(previous_key_) + "' in walk order",
                        printable(e.key));
  }
  auto const start = buffer_.size();
  if (auto const appended = quilt::append_entry_line(buffer_, e); !appended) return appended;
  if (auto const hashed = hash_.add(e); !hashed) {
    buffer_.resize(start);
    return hashed;
  }
  previous_key_ = e.key.str();
  return flush_above(detail::written_at_once);
}

WAYBILL_DECL result<digest> manifest_writer::finish() {
  if (auto const flushed = flush_above(0); !flushed) return flushed.error();
  return hash_.finish();
}

WAYBILL_DECL result<void> manifest_writer::flush_above(std::size_t threshold) {
  if (buffer_.size() <= threshold) return {};
  auto const written = sink_->write(as_bytes(buffer_));
  if (written) buffer_.clear();
  return written;
}

WAYBILL_DECL result<void> write_manifest(byte_sink& sink, manifest const& m) {
  auto writer = manifest_writer::begin(sink, m.header());
  if (!writer) return writer.error();
  if (auto const written = writer->directories(m.directories()); !written) return written;
  for (auto const& e : m.entries())
    if (auto const added = writer->add(e); !added) return added;
  auto const hash = writer->finish();
  return hash ? result<void>{} : hash.error();
}

}  // namespace waybill::inline WAYBILL_ABI
