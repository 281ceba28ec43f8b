#pragma once

#include <waybill/registry/part_sums.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL void part_sums::keep(digest const& chunked, byte_view packed) {
  if (packed.empty()) return;
  std::string name{as_text(chunked.bytes())}, sums{as_text(packed)};
  std::lock_guard const lock{guard_};
  sums_.insert_or_assign(std::move(name), std::move(sums));
}

WAYBILL_DECL std::vector<digest> part_sums::find(digest_set const& digests) const {
  auto const* chunked = digests.find(algorithms::sha2_256_chunked);
  if (chunked == nullptr) return {};
  std::lock_guard const lock{guard_};
  auto const at = sums_.find(std::string{as_text(chunked->bytes())});
  if (at == sums_.end()) return {};
  std::vector<digest> out;
  constexpr auto size = algorithms::sha256.size;
  for (auto rest = as_bytes(at->second); rest.size() >= size; rest = rest.subspan(size))
    out.emplace_back(algorithms::sha256, rest.first(size));
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
