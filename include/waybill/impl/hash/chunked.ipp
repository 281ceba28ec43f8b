#pragma once

#include <waybill/hash/chunked.hpp>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL chunk_plan plan_chunks(std::uint64_t file_size) noexcept {
  constexpr std::uint64_t smallest = std::uint64_t{8} << 20;
  constexpr std::uint64_t most_parts = 10'000;
  auto const parts = [&](std::uint64_t size) { return file_size / size + (file_size % size != 0 ? 1 : 0); };
  chunk_plan plan{smallest, parts(smallest)};
  while (plan.parts > most_parts) {
    plan.chunk_size *= 2;
    plan.parts = parts(plan.chunk_size);
  }
  return plan;
}

}  // namespace waybill::inline WAYBILL_ABI
