#pragma once

#include <waybill/manifest/writer.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>
#include <waybill/manifest/quilt_line.hpp>

#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::size_t written_at_once = std::size_t{64} << 10;

/// Gives a sink what has gathered, if that is more than `threshold` bytes.
inline result<void> write_above(std::size_t threshold, byte_sink& sink, std::string& gathered) {
  if (gathered.size() <= threshold) return {};
  auto const written = sink.write(as_bytes(gathered));
  if (written) gathered.clear();
  return written;
}

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
  // Within the block, the block compares.
  if (block_.first_key().empty())
    if (auto const follows = detail::check_follows(previous_key_, e.key); !follows) return follows;
  if (auto const added = block_.add(e); !added) return added;
  return block_.lines().size() > detail::written_at_once ? write_block() : result<void>{};
}

WAYBILL_DECL result<void> manifest_writer::append(manifest_block const& block) {
  if (block.first_key().empty()) return {};
  if (auto const written = write_block(); !written) return written;
  if (auto const follows = detail::check_follows(previous_key_, block.first_key()); !follows) return follows;
  return write(block);
}

WAYBILL_DECL result<digest> manifest_writer::finish() {
  if (auto const written = write_block(); !written) return written.error();
  if (auto const flushed = flush_above(0); !flushed) return flushed.error();
  return hash_.finish();
}

WAYBILL_DECL result<void> manifest_writer::write_block() {
  if (block_.first_key().empty()) return {};
  auto const written = write(block_);
  if (written) block_.clear();
  return written;
}

WAYBILL_DECL result<void> manifest_writer::write(manifest_block const& block) {
  if (auto const flushed = flush_above(0); !flushed) return flushed;
  if (auto const written = sink_->write(as_bytes(block.lines())); !written) return written;
  hash_.add_text(block.hashed());
  previous_key_ = block.last_key();
  return {};
}

WAYBILL_DECL result<void> manifest_writer::flush_above(std::size_t threshold) {
  return detail::write_above(threshold, *sink_, buffer_);
}

WAYBILL_DECL result<void> write_manifest(byte_sink& sink, manifest const& m) {
  std::string lines;
  auto const add = [&](result<void> const& appended) {
    return appended ? detail::write_above(detail::written_at_once, sink, lines) : appended;
  };
  if (auto const ok = add(quilt::append_header_line(lines, m.header())); !ok) return ok;
  for (auto const& d : m.directories())
    if (auto const ok = add(quilt::append_directory_line(lines, d)); !ok) return ok;
  for (auto const& e : m.entries())
    if (auto const ok = add(quilt::append_entry_line(lines, e)); !ok) return ok;
  return detail::write_above(0, sink, lines);
}

}  // namespace waybill::inline WAYBILL_ABI
