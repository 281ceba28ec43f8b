#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/block.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/top_hash.hpp>

#include <span>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** Writes a Quilt JSONL manifest as a stream and computes its top hash on the way.

    Order of calls: `begin`, `directories` at most once, `add` and `append` in walk order, `finish`. Nothing is kept but
    64 KiB of lines and what the top hash covers of them. After an error of the sink the output is worth nothing.
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
  /// Entries that were encoded apart. @pre their keys come after all before  @errors as `add`
  [[nodiscard]] result<void> append(manifest_block const& block);
  /// Flushes. @return the top hash  @errors whatever the sink says
  [[nodiscard]] result<digest> finish();

 private:
  manifest_writer(byte_sink& sink, manifest_header const& header) : sink_{&sink}, hash_{header} {}
  [[nodiscard]] result<void> flush_above(std::size_t threshold);
  [[nodiscard]] result<void> write_block();
  [[nodiscard]] result<void> write(manifest_block const& block);

  byte_sink* sink_;
  top_hasher hash_;
  std::string buffer_;        ///< header and directories
  manifest_block block_;      ///< entries not written yet
  std::string previous_key_;  ///< of what was written
};

/// Writes a whole manifest; nothing is hashed, it knows its top hash.
/// @errors as quilt::append_entry_line and quilt::append_directory_line; whatever the sink says
[[nodiscard]] WAYBILL_DECL result<void> write_manifest(byte_sink& sink, manifest const& m);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/writer.ipp>
#endif
