#pragma once

#include <waybill/registry/pointer.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/registry/layout.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <span>
#include <thread>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr int swap_attempts = 64;
inline constexpr std::int64_t push_attempts = 1000;
inline constexpr std::int64_t last_second = 9'000'000'000;  ///< what nanoseconds since 1970 can hold, rounded down
inline constexpr std::size_t longest_pointer = 4096;        ///< bytes; a pointer has 64

/// Seconds of a timestamp pointer's name; empty for `latest` and anything else.
inline std::optional<std::int64_t> push_seconds(std::string_view name) noexcept {
  std::int64_t seconds = 0;
  auto const [end, failure] = std::from_chars(name.data(), name.data() + name.size(), seconds);
  if (failure != std::errc{} || end != name.data() + name.size() || seconds < 0 || seconds > last_second) return {};
  return seconds;
}

WAYBILL_DECL void make_room(int attempt) {
  auto const thread = std::hash<std::thread::id>{}(std::this_thread::get_id());
  auto const spread = (thread >> 6U) * 2654435761U + static_cast<std::size_t>(attempt) * 40503U;
  auto const longest = std::int64_t{200} << std::min(attempt, 8);
  std::this_thread::sleep_for(
      std::chrono::microseconds{longest / 2 + static_cast<std::int64_t>(spread % 1024U) * (longest / 2) / 1024});
}

/// A pointer as the object it also is: that needs no lock, and so works on a registry that cannot be written.
inline result<std::string> pointer_as_object(any_store const& store, std::string const& key) {
  auto const source = store.open_exactly({key, 0, {}, {}});
  if (!source) return source.error();
  std::string text(longest_pointer, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    auto const n = (*source)->read(std::as_writable_bytes(std::span{text}).subspan(filled));
    if (!n) return n.error();
    if (*n == 0) break;
    filled += *n;
  }
  text.resize(filled);
  return text;
}

/// One hex digit damaged on its way would be another version: over a network a pointer is read as the reference it is,
/// which the store checks.
inline result<std::string> pointer_text(any_store const& store, std::string const& key) {
  if (!is_remote(store)) return pointer_as_object(store, key);
  auto reading = store;  // a copy is the same store
  auto const value = reading.read_ref(key);
  if (!value) return value.error();
  if (!*value) return make_error(errc::object_not_found, "no such pointer", key);
  return (*value)->text.substr(0, longest_pointer);
}

}  // namespace detail

WAYBILL_DECL bool is_top_hash(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

WAYBILL_DECL result<std::optional<std::string>> read_pointer(any_store const& store, std::string const& key) {
  auto const text = detail::pointer_text(store, key);
  if (!text && text.error().code == errc::object_not_found) return std::optional<std::string>{};
  if (!text) return text.error();
  auto const hash = detail::ascii_trimmed(*text);
  if (is_top_hash(hash)) return std::optional{std::string{hash}};
  return make_error(errc::corrupt_state, "a pointer that does not hold 64 hex digits; point it at a version again",
                    store.url(key).url());
}

WAYBILL_DECL result<std::optional<std::string>> swap_pointer(any_store& store, std::string const& key,
                                                             std::string_view top_hash) {
  for (int attempt = 0; attempt < detail::swap_attempts; ++attempt) {
    if (attempt > 0) detail::make_room(attempt);
    auto const now = store.read_ref(key);
    if (!now) return now.error();
    std::optional<std::string> before;
    if (*now && is_top_hash(detail::ascii_trimmed((*now)->text)))
      before = std::string{detail::ascii_trimmed((*now)->text)};
    if (*now && (*now)->text == top_hash) return before;
    auto const swapped = store.swap_ref(key, *now ? std::optional{(*now)->version} : std::nullopt, top_hash);
    if (swapped) return before;
    if (swapped.error().code != errc::lost_race) return swapped.error();
  }
  return make_error(errc::lost_race,
                    "others changed this pointer " + std::to_string(detail::swap_attempts) +
                        " times meanwhile; the version itself is stored: repeat the command",
                    store.url(key).url());
}

WAYBILL_DECL bool is_remote(any_store const& store) {
  auto const url = store.url("x").url();
  return url.starts_with("s3:") || url.starts_with("http:") || url.starts_with("https:");
}

WAYBILL_DECL result<std::vector<push_record>> list_pushes(any_store const& store, package_name const& name) {
  std::vector<push_record> found;
  auto const prefix = layout::pointers_prefix(name);
  auto const listed = store.list(prefix, [&](object_info const& info) -> result<void> {
    if (auto const seconds = detail::push_seconds(std::string_view{info.key}.substr(prefix.size())))
      found.push_back({*seconds, info.key});
    return {};
  });
  if (!listed) return listed.error();
  auto const read =
      parallel_for(found.size(), {.workers = questions_at_once(store)}, [&](unsigned, std::size_t i) -> result<void> {
        auto hash = read_pointer(store, found[i].top_hash);
        if (!hash && hash.error().code != errc::corrupt_state) return hash.error();
        found[i].top_hash = hash ? std::move(*hash).value_or(std::string{}) : std::string{};
        return {};
      });
  if (!read) return read.error();
  std::erase_if(found, [](push_record const& p) { return p.top_hash.empty(); });
  std::ranges::sort(found, {}, &push_record::seconds);
  return found;
}

WAYBILL_DECL result<void> add_push(any_store& store, package_name const& name, std::string_view top_hash,
                                   timestamp now) {
  auto const first =
      std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  for (std::int64_t i = 0; i < detail::push_attempts; ++i) {
    auto const key = layout::pointer_key(name, first + i);
    auto const swapped = store.swap_ref(key, std::nullopt, top_hash);
    if (swapped) return {};
    if (swapped.error().code != errc::lost_race) return swapped.error();
    // A push that was stopped and is repeated within the second finds its own pointer.
    if (auto const taken = read_pointer(store, key); taken && *taken == top_hash) return {};
  }
  return make_error(errc::lost_race,
                    "every second of the next quarter of an hour is taken by another push; repeat later", name.str());
}

}  // namespace waybill::inline WAYBILL_ABI
