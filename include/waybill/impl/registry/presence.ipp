#pragma once

#include <waybill/registry/presence.hpp>

#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// On this machine a page of 1,000 names takes as long as 40 (MinIO) to 65 (versitygw) questions, over a network of
/// 20 ms as long as two; but questions go many at once, and pages do not.
inline constexpr std::uint64_t listed_for_a_key = 64;
inline constexpr std::uint64_t listed_at_least = 4'000;

/// What all keys begin with. @pre sorted, not empty
inline std::string_view common_beginning(std::span<std::string const> keys) {
  auto const& first = keys.front();
  auto const& last = keys.back();
  return {first.data(), static_cast<std::size_t>(std::ranges::mismatch(first, last).in1 - first.begin())};
}

/// Looks for keys in a listing. @return how many of them, from the first on, are settled
inline std::size_t find_in_listing(any_store const& store, std::span<std::string const> keys,
                                   std::vector<std::optional<object_info>>& found, std::stop_token const& stop) {
  std::size_t next = 0;
  auto left = std::max(listed_at_least, listed_for_a_key * keys.size());
  auto const listed = store.list_exactly(common_beginning(keys), [&](object_info const& info) -> result<void> {
    if (stop.stop_requested()) return interrupted_error();
    while (next < keys.size() && keys[next] < info.key) ++next;
    if (next < keys.size() && keys[next] == info.key) found[next++] = info;
    // A listing has no other way to be ended early than an error, which nobody sees.
    if (next == keys.size() || --left == 0) return make_error(errc::interrupted, {});
    return {};
  });
  // Not being allowed to list is no reason to fail: then each key is asked for.
  return listed ? keys.size() : next;
}

WAYBILL_DECL result<std::vector<std::optional<object_info>>> find_objects(any_store const& store,
                                                                          std::span<std::string const> keys,
                                                                          job_control const& control) {
  std::vector<std::optional<object_info>> found(keys.size());
  auto const settled = keys.size() > asked_one_by_one ? find_in_listing(store, keys, found, control.stop) : 0;
  auto const asked = parallel_for(keys.size() - settled, control, [&](unsigned, std::size_t i) -> result<void> {
    auto info = store.head(keys[settled + i]);
    if (info) found[settled + i] = std::move(*info);
    else if (info.error().code != errc::object_not_found && info.error().code != condition::denied) return info.error();
    return {};
  });
  if (!asked) return asked.error();
  return found;
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
