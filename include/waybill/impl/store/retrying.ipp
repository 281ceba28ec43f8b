#pragma once

#include <waybill/store/retrying.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL std::chrono::milliseconds retry_policy::delay(unsigned failures) const {
  auto wait = std::min(first_delay, max_delay);
  for (unsigned i = 1; i < failures && wait < max_delay; ++i)
    wait = wait > max_delay / 2 ? max_delay : std::max(wait * 2, std::chrono::milliseconds{1});
  if (!jitter) return wait;
  auto const half = wait / 2;
  auto const random = static_cast<double>((wait - half).count()) * std::clamp(jitter(), 0.0, 1.0);
  return half + std::chrono::milliseconds{static_cast<std::chrono::milliseconds::rep>(random)};
}

namespace detail {

WAYBILL_DECL result<void> wait_to_repeat(retry_policy const& policy, error const& failure, unsigned failures) {
  if (failures >= policy.attempts || failure.code != condition::transient) return failure;
  return policy.sleep ? policy.sleep(policy.delay(failures)) : result<void>{};
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI
