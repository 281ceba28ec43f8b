#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/top_hash.hpp>

#include <span>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** Writes a Quilt JSONL manifest as a stream and computes its top hash on the way.

    Order of calls: `begin`, `directories` at most once, `add` in walk order, `finish`. Nothing is kept but a buffer of
    64 KiB and a line. After an error of the sink the output is worth nothing.
    @format  docs/formats.md#quilt-manifest  @threads one thread at a time per object
*/
class manifest_writer {
 public:
  /// @lifetime `sink` must outlive the writer  @errors as quilt::append_header_line
  [[nodiscard]] static result<manifest_writer> begin(byte_sink& sink, manifest_header const& header);

  /// @pre parents first, names sorted  @errors errc::unsorted; as quilt::append_directory_line; whatever the sink says
  [[nodiscard]] result<void> directories(std::span<directory_meta const> sorted);
  /// @pre keys in walk order
  /// @errors errc::unsorted, duplicate_key, key_conflict; as quilt::append_entry_line and top_hasher::add; the sink's
  [[nodiscard]] result<void> add(entry const& e);
  /// Flushes. @return the top hash  @errors whatever the sink says
  [[nodiscard]] result<digest> finish();

 private:
  manifest_writer(byte_sink& sink, manifest_header const& header) : sink_{&sink}, hash_{header} {}
  [[nodiscard]] result<void> flush_above(std::size_t threshold);

  byte_sink* sink_;
  top_hasher hash_;
  std::string buffer_;
  std::string previous_key_;
};

/// Writes a whole manifest. @errors as manifest_writer
[[nodiscard]] WAYBILL_DECL result<void> write_manifest(byte_sink& sink, manifest const& m);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/writer.ipp>
#endif
