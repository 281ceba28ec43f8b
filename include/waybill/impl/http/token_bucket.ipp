#pragma once

#include <waybill/http/token_bucket.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL std::chrono::nanoseconds token_bucket::take(std::uint64_t bytes, time_point now) {
  using namespace std::chrono;
  constexpr nanoseconds saved = milliseconds{500};  // what may go at once after a pause
  if (rate_ == 0) return {};
  // In floating point: 64 bits of bytes times 10^9 do not fit an integer, and a century is long enough for one wait.
  constexpr double longest = 3.2e18;
  nanoseconds const cost{
      static_cast<nanoseconds::rep>(std::min(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate_), longest))};
  std::scoped_lock const lock{mutex_};
  paid_until_ = std::max(paid_until_, now - saved);
  paid_until_ = cost < time_point::max() - paid_until_ ? paid_until_ + cost : time_point::max();
  return paid_until_ > now ? nanoseconds{paid_until_ - now} : nanoseconds{0};
}

}  // namespace waybill::inline WAYBILL_ABI
