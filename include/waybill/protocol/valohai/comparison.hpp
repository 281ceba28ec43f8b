#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/protocol/valohai/datum.hpp>

#include <cstdint>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What counts when the platform knows no checksum of a file.
enum class missing_checksum_policy : std::uint8_t {
  upload,   ///< it counts as changed: the safe default
  keep,     ///< equal size counts as equal content, as in the published programs
  download  ///< its bytes are fetched and hashed
};

enum class file_action : std::uint8_t { added, changed, kept, removed };
enum class file_reason : std::uint8_t {
  not_in_version,  ///< added: the old version has no such name
  size,            ///< changed: another size
  digest,          ///< changed: the strongest known checksum differs
  no_checksum,     ///< changed: nothing says that it is the same; kept under missing_checksum_policy::keep
  purged,          ///< changed: the platform has no bytes of it any more
  ambiguous,       ///< changed: several data of the old version have the name, and only all of them can be left out
  same_digest,     ///< kept: the strongest known checksum is equal
  not_in_content   ///< removed
};

/// Stable snake_case words.
[[nodiscard]] WAYBILL_DECL std::string_view name_of(file_action action) noexcept;
[[nodiscard]] WAYBILL_DECL std::string_view name_of(file_reason reason) noexcept;

/// What was found out about one file of the content.
struct verdict {
  file_action action;
  file_reason reason;
  friend bool operator==(verdict const&, verdict const&) = default;
};

/// What must be known before there is a verdict.
enum class next_step : std::uint8_t { none, hash_content, download_old };

struct first_look {
  next_step next;
  waybill::valohai::verdict verdict;  ///< holds where no step is next
};

/** Judges a file by what is known without reading it.
    @param old  what the old version has under its name; null for nothing  @param size bytes of the content */
[[nodiscard]] WAYBILL_DECL first_look look_at(datum const* old, std::uint64_t size,
                                              missing_checksum_policy policy) noexcept;

/// Judges a file by its digests: the strongest algorithm that both sides have decides.
/// @param old what the platform says, or the digests of what was downloaded
[[nodiscard]] WAYBILL_DECL verdict judge(digest_set const& old, digest_set const& content) noexcept;

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/comparison.ipp>
#endif
