#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/manifest/manifest.hpp>
#include <waybill/manifest/reader.hpp>
#include <waybill/manifest/top_hash.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** Consecutive lines of a manifest, read: their entries, and the text that the top hash covers.

    Reading costs far more than joining, so several threads can each read a part of their own, and one
    `manifest_assembly` joins them in order. It is to reading what manifest_block is to writing.
*/
struct manifest_part {
  std::vector<entry> entries{};
  std::vector<directory_meta> directories{};
  std::string hashed{};  ///< of the entries in their order
  bool sorted = true;    ///< entries are in walk order
  std::size_t line = 0;  ///< of the first entry, from 1; 0 without entries

  /** Reads on from where a reader stands. @param most_lines  taken from it  @pre without entries
      @return false when the reader came to its end  @errors as manifest_reader; missing_member for an entry without
              size or hash */
  [[nodiscard]] result<bool> read(manifest_reader& from, std::size_t most_lines);
};

/** Makes a manifest of parts in their order, sorted or not.
    @threads one thread at a time per object */
class manifest_assembly {
 public:
  explicit manifest_assembly(manifest_header header, read_limits limits = {});

  /// @errors errc::duplicate_key, key_conflict (neighbours), size_out_of_range, too_large (too many entries)
  [[nodiscard]] result<void> add(manifest_part part);
  /// The manifest; the object is spent afterwards. @errors as manifest::create
  [[nodiscard]] result<manifest> finish();

 private:
  [[nodiscard]] result<void> check_first(manifest_part const& part);

  manifest_header header_;
  read_limits limits_;
  std::vector<entry> entries_;
  std::vector<directory_meta> directories_;
  top_hasher hash_;
  std::uint64_t total_size_ = 0;
  bool sorted_ = true;
};

/** Reads a whole manifest, sorted or not. @errors as manifest_reader and manifest::create
    @complexity O(n) in lines when sorted; memory some 420 bytes an entry with keys of 30 bytes */
[[nodiscard]] WAYBILL_DECL result<manifest> load_manifest(byte_source& source, read_limits limits = {});

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/part.ipp>
#endif
