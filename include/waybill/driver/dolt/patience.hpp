#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <chrono>
#include <functional>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// How long to wait for a database that others use, or a server that is away.
struct patience {
  std::chrono::milliseconds deadline{60'000};
  /// Waits that long; an error ends the waiting and is what the caller gets. Empty: nothing is waited for
  std::function<result<void>(std::chrono::milliseconds)> sleep{};
};

/** The waiting of one operation: briefly at first, later a tenth of a second at a time. @lifetime refers to the
    patience */
class waiting {
 public:
  explicit waiting(patience const& p) : patience_{&p}, start_{std::chrono::steady_clock::now()} {}

  /// Waits before the next attempt. @errors the failure, where it is not transient or the deadline has passed; those of
  /// patience::sleep
  [[nodiscard]] result<void> after(error const& failure);

 private:
  patience const* patience_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::milliseconds delay_{2};
};

/// Repeats an operation while its failures are worth it. @return its value, or the last error
/// @param may_repeat  asked after each failure: whether nothing was done that must not be done twice
template <class Operation, class Predicate>
auto repeat(patience const& p, Operation const& operation, Predicate const& may_repeat) -> decltype(operation()) {
  for (waiting w{p};;) {
    auto r = operation();
    if (r || !may_repeat()) return r;
    if (auto const again = w.after(r.error()); !again) return again.error();
  }
}
template <class Operation>
auto repeat(patience const& p, Operation const& operation) -> decltype(operation()) {
  return repeat(p, operation, [] { return true; });
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/patience.ipp>
#endif
