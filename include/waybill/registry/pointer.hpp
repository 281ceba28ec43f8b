#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/reference.hpp>
#include <waybill/store/any_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Waits after a lost swap: longer each time, and not all losers equally long. @param attempt  how many were lost
WAYBILL_DECL void make_room(int attempt);

}  // namespace detail

/// True for the text of a top hash: 64 lower-case hex digits.
[[nodiscard]] WAYBILL_DECL bool is_top_hash(std::string_view text) noexcept;

/** The top hash a pointer holds, or empty when there is no such pointer.

    White space around the digits, which other writers may leave there, does not count; we write none.
    @errors errc::corrupt_state naming the pointer when it holds something else; the store's
    @format docs/formats.md#registry
*/
[[nodiscard]] WAYBILL_DECL result<std::optional<std::string>> read_pointer(any_store const& store,
                                                                           std::string const& key);

/** Makes a pointer hold a top hash by compare-and-swap, again while others change it, a bounded number of times.
    @return the top hash before, where there was a good one  @errors errc::lost_race after 64 lost swaps; the store's */
[[nodiscard]] WAYBILL_DECL result<std::optional<std::string>> swap_pointer(any_store& store, std::string const& key,
                                                                           std::string_view top_hash);

/// True for a store behind a network: each question costs a round trip.
[[nodiscard]] WAYBILL_DECL bool is_remote(any_store const& store);

/// How many small questions to one store are under way at once.
[[nodiscard]] inline unsigned questions_at_once(any_store const& store) { return is_remote(store) ? 16 : 1; }

/// One push of a package.
struct push_record {
  std::int64_t seconds = 0;  ///< since 1970 UTC
  std::string top_hash;
};

/// A package's timestamp pointers, oldest first; damaged ones are left out. Empty when there are none.
/// @errors the store's
[[nodiscard]] WAYBILL_DECL result<std::vector<push_record>> list_pushes(any_store const& store,
                                                                        package_name const& name);

/** Adds a timestamp pointer, which is never overwritten: a second that is taken becomes the next free one.
    @errors errc::lost_race when the following 1000 seconds are taken as well; the store's */
[[nodiscard]] WAYBILL_DECL result<void> add_push(any_store& store, package_name const& name, std::string_view top_hash,
                                                 timestamp now);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/pointer.ipp>
#endif
