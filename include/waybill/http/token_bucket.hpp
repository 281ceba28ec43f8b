#pragma once

#include <waybill/config.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>

namespace waybill::inline WAYBILL_ABI {

/** Keeps many transfers together below a number of bytes a second.

    Whoever has moved bytes says so and is told how long to wait before moving more. Waits queue up: those who come at
    the same time get a share each, and the sum over any time `t` is at most `rate * t`, half a second's bytes and what
    is in flight. The clock is the caller's.
    @threads all members may be called concurrently */
class token_bucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// @param rate bytes a second; 0: no limit
  explicit token_bucket(std::uint64_t rate) noexcept : rate_{rate} {}

  [[nodiscard]] bool limited() const noexcept { return rate_ != 0; }
  /// Notes that `bytes` were moved. @return how long to wait before more are
  [[nodiscard]] std::chrono::nanoseconds take(std::uint64_t bytes, time_point now);

 private:
  std::uint64_t rate_;
  std::mutex mutex_;
  time_point paid_until_{};  ///< when everything taken so far has been earned
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/token_bucket.ipp>
#endif
