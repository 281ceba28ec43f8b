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

    Order of calls: construct, `directories` at most once, `add` in walk order, `finish`. Nothing is kept but a buffer.
*/
class manifest_writer {
 public:
  /// @lifetime `sink` must outlive the writer  @errors errc::not_representable; whatever the sink says
  [[nodiscard]] static result<manifest_writer> begin(byte_sink& sink, manifest_header const& header);

  [[nodiscard]] result<void> directories(std::span<directory_meta const> sorted);
  /// @pre keys in walk order  @errors errc::unsorted, duplicate_key, key_conflict, missing_member, not_representable, too_large
  [[nodiscard]] result<void> add(entry const& e);
  /// Flushes. @return the top hash
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
