#pragma once

#include <waybill/protocol/valohai/comparison.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL std::string_view name_of(file_action action) noexcept {
  switch (action) {
    case file_action::added: return "added";
    case file_action::changed: return "changed";
    case file_action::kept: return "kept";
    case file_action::removed: return "removed";
  }
  return "";
}

WAYBILL_DECL std::string_view name_of(file_reason reason) noexcept {
  switch (reason) {
    case file_reason::not_in_version: return "not_in_version";
    case file_reason::size: return "size";
    case file_reason::digest: return "digest";
    case file_reason::no_checksum: return "no_checksum";
    case file_reason::purged: return "purged";
    case file_reason::ambiguous: return "ambiguous";
    case file_reason::same_digest: return "same_digest";
    case file_reason::not_in_content: return "not_in_content";
  }
  return "";
}

WAYBILL_DECL first_look look_at(datum const* old, std::uint64_t size, missing_checksum_policy policy) noexcept {
  auto const decided = [](file_action action, file_reason reason) {
    return first_look{next_step::none, {action, reason}};
  };
  if (old == nullptr) return decided(file_action::added, file_reason::not_in_version);
  if (old->purged) return decided(file_action::changed, file_reason::purged);
  if (old->size && *old->size != size) return decided(file_action::changed, file_reason::size);
  first_look out = decided(file_action::changed, file_reason::no_checksum);
  if (!old->digests.empty()) out.next = next_step::hash_content;
  else if (policy == missing_checksum_policy::download) out.next = next_step::download_old;
  else if (policy == missing_checksum_policy::keep && old->size) out.verdict.action = file_action::kept;
  return out;
}

WAYBILL_DECL verdict judge(digest_set const& old, digest_set const& content) noexcept {
  switch (compare(old, content)) {
    case agreement::same: return {file_action::kept, file_reason::same_digest};
    case agreement::different: return {file_action::changed, file_reason::digest};
    case agreement::unknown: break;
  }
  return {file_action::changed, file_reason::no_checksum};
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
