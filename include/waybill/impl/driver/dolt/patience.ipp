#pragma once

#include <waybill/driver/dolt/patience.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL result<void> waiting::after(error const& failure) {
  constexpr std::chrono::milliseconds longest{100};
  auto const left = patience_->deadline - (std::chrono::steady_clock::now() - start_);
  if (failure.code != condition::transient || !patience_->sleep || left <= left.zero()) return failure;
  auto const asked = std::max(delay_, failure.retry_after);
  auto const r = patience_->sleep(
      std::min(asked, std::chrono::duration_cast<std::chrono::milliseconds>(left) + std::chrono::milliseconds{1}));
  delay_ = std::min(2 * delay_, longest);
  return r;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI
