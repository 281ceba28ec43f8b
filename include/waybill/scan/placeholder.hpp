#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/scan/placeholder_mark.hpp>
#include <waybill/scan/tree.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** What stands in a file's place until its bytes are fetched: a short text for people that no data is taken for.

    A function of its arguments alone, so that a placeholder is known by comparing whole contents, never by parsing.
    @param version  which version the entry belongs to, `ns/name@hash`
    @pre    the entry has its size and a digest
    @return UTF-8, at most `largest_placeholder` bytes if the key can be placed
    @format docs/formats.md#placeholder */
[[nodiscard]] WAYBILL_DECL std::string placeholder_text(entry const& e, std::string_view version);

/** The placeholders that may stand in one directory: those of a manifest's entries, written for one version.

    A file counts as its entry's placeholder only with exactly the bytes that would be written for it, under its key.
    @lifetime refers to the entries
    @threads const members from any number of threads */
class placeholder_set {
 public:
  placeholder_set() = default;
  /// @param entries in walk order  @param version  `ns/name@hash`
  placeholder_set(std::span<entry const> entries, std::string version)
      : entries_{entries}, version_{std::move(version)} {}

  /// True when no file is a placeholder.
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Whether a file of so many bytes may be that key's placeholder: asked before it is read.
  [[nodiscard]] bool has_size(std::string_view key, std::uint64_t bytes) const;
  /// The entry that a file of these bytes stands for, or null.
  [[nodiscard]] entry const* standing_for(std::string_view key, byte_view content) const;
  /// The same for a scanned file, which is known by its digest. @pre it was hashed with `sha2-256-chunked`
  [[nodiscard]] entry const* standing_for(scanned_file const& file) const;

 private:
  [[nodiscard]] entry const* find(std::string_view key) const;
  std::span<entry const> entries_;
  std::string version_;
};

/// The files of a tree as entries.
struct tree_entries {
  std::vector<entry> entries;        ///< walk order; a placeholder counts as its entry, without metadata
  std::uint64_t placeholders = 0;    ///< how many are
  std::vector<std::string> strange;  ///< keys of files that look like placeholders, and are none of these
};

/// Makes the entry of a file what it counts as: of a known placeholder the entry it stands for. A file that only looks
/// like such is noted as strange. @param e  of `into`, as the file has it
/// @pre the file was hashed with `sha2-256-chunked`
WAYBILL_DECL void settle_placeholder(tree_entries& into, entry& e, scanned_file const& file,
                                     placeholder_set const& known);

/// @pre the tree was hashed with `sha2-256-chunked`
[[nodiscard]] WAYBILL_DECL tree_entries entries_of(scanned_tree const& tree, placeholder_set const& known);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/placeholder.ipp>
#endif
