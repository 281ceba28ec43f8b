#pragma once

#include <waybill/manifest/entry.hpp>

#include <waybill/json/write.hpp>

#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline bool same_canonically(json::value const& a, json::value const& b) {
  return a == b || json::canonical(a) == json::canonical(b);
}

/// Foreign hashes speak to each other only when they are of one type.
inline agreement compare_foreign(json::value const& a, json::value const& b) {
  if (a.is_null() || b.is_null()) return agreement::unknown;
  auto const* const left = a.find("type");
  auto const* const right = b.find("type");
  if (left == nullptr || right == nullptr || !same_canonically(*left, *right)) return agreement::unknown;
  return same_canonically(a, b) ? agreement::same : agreement::different;
}

inline bool same_content(entry const& before, entry const& after, unknown_policy policy) {
  if (before.size != after.size) return false;
  auto verdict = compare(before.digests, after.digests);
  if (verdict == agreement::unknown) verdict = compare_foreign(before.foreign_hash, after.foreign_hash);
  if (verdict == agreement::unknown) return policy == unknown_policy::same_size && before.size.has_value();
  return verdict == agreement::same;
}

}  // namespace detail

WAYBILL_DECL entry_change compare_entries(entry const& before, entry const& after, unknown_policy policy) {
  bool const content = detail::same_content(before, after, policy);
  bool const metadata = detail::same_canonically(before.meta, after.meta);
  if (content) return metadata ? entry_change::none : entry_change::metadata;
  return metadata ? entry_change::content : entry_change::both;
}

}  // namespace waybill::inline WAYBILL_ABI
