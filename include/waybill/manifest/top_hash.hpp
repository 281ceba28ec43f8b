#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

namespace quilt {

/// What the top hash covers of an entry: its canonical JSON without the physical keys.
/// @errors errc::missing_member when size or hash is absent, wrong_type for metadata that is no object; `out` is then
///         as before
[[nodiscard]] WAYBILL_DECL result<void> append_hashed_entry(std::string& out, entry const& e);

}  // namespace quilt

/** Quilt's top hash, entry by entry: SHA-256 over the canonical JSON of the header and of every entry in walk order
    without its physical keys, nothing between.

    @format quilt3 8.0.0 `Package._calculate_top_hash`; facts in `docs/formats.md#top-hash`
    @threads one thread at a time per object
*/
class top_hasher {
 public:
  explicit top_hasher(manifest_header const& header);

  /// @pre keys come in walk order
  /// @errors as quilt::append_hashed_entry; the hash is then as before
  [[nodiscard]] result<void> add(entry const& e);
  /// @pre made by quilt::append_hashed_entry from entries in walk order
  void add_text(std::string_view text);
  /// The digest; the object is spent afterwards.
  [[nodiscard]] digest finish();

 private:
  sha256_hasher hash_;
  std::string buffer_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/top_hash.ipp>
#endif
