#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/core/physical_key.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** One file of a dataset version: its name, what its bytes are, where they lie, and what people say of them. */
struct entry {
  logical_key key;
  std::optional<std::uint64_t> size;  ///< bytes; empty in a draft that was not built
  digest_set digests;                 ///< of the whole content, in the algorithms the kit knows
  /// The manifest's `hash` object where a digest cannot say it exactly: a kind the kit does not know, or a known one
  /// spelled otherwise (upper-case hex, more members); null otherwise. Kept and hashed as it is; see
  /// `quilt::append_written_hash`.
  json::value foreign_hash = nullptr;
  std::vector<physical_key> places;  ///< where the bytes lie, best first; Quilt manifests hold one
  /// The manifest's `meta` object: `{}`, or `{"user_meta": …}` and what other writers put beside it.
  json::value meta = json::object{};

  friend bool operator==(entry const&, entry const&) = default;
};

/// Metadata of a directory; not part of the top hash, as in quilt3.
struct directory_meta {
  logical_key key;   ///< without trailing `/`
  json::value meta;  ///< the user's object itself

  friend bool operator==(directory_meta const&, directory_meta const&) = default;
};

/// The user's part of an entry's metadata, or null when nothing was set. @lifetime refers to `e`
[[nodiscard]] inline json::value const* user_meta(entry const& e) noexcept { return e.meta.find("user_meta"); }

/// Projections for sorted ranges.
inline constexpr struct key_of_fn {
  [[nodiscard]] std::string_view operator()(entry const& e) const noexcept { return e.key; }
  [[nodiscard]] std::string_view operator()(directory_meta const& d) const noexcept { return d.key; }
} key_of{};

/// How two entries of one key differ.
enum class entry_change : std::uint8_t { none, content, metadata, both };

/// What decides when two entries of equal size have no digest in common.
enum class unknown_policy : std::uint8_t {
  differs,   ///< they count as different content: the safe default
  same_size  ///< equal size counts as equal content; only on request
};

/** Size, then the strongest digest both have (or foreign hashes of one type), then metadata in canonical form.

    Physical keys do not count. Metadata is compared as quilt3's top hash sees it: member order does not matter,
    `{}` and `{"user_meta": {}}` differ.
*/
[[nodiscard]] WAYBILL_DECL entry_change compare_entries(entry const& before, entry const& after,
                                                        unknown_policy policy = unknown_policy::differs);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/manifest/entry.ipp>
#endif
