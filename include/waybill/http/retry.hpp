#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <chrono>
#include <functional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** How often an operation is tried, and how long to wait in between.

    The wait doubles from `first_delay` up to `max_delay`; with a jitter source its second half is random, so that many
    clients that failed together do not come back together. Where the remote asked for a longer wait
    (`error::retry_after`), that is waited, never less; one that asks for more than `max_asked` is not tried again: the
    caller gets the failure at once.
    @format AWS Architecture Blog, "Exponential Backoff And Jitter" (equal jitter)
    @threads `jitter` and `sleep` are called from every thread that uses the policy
*/
struct retry_policy {
  unsigned attempts = 4;  ///< in total; 0 and 1: no repetition
  std::chrono::milliseconds first_delay{250};
  std::chrono::milliseconds max_delay{15'000};
  std::function<double()> jitter{};  ///< uniform in [0, 1]; empty: the full wait
  /// Waits; an error (errc::interrupted) ends the attempts and is what the caller gets. Empty: no wait.
  std::function<result<void>(std::chrono::milliseconds)> sleep{};
  std::chrono::milliseconds max_asked{120'000};

  /// The wait after that many failures in a row. @pre `failures >= 1`
  [[nodiscard]] std::chrono::milliseconds delay(unsigned failures) const;
};

/** How long an answer asks to wait, 0 where it does not. A date counts from the answer's own `Date`, so that no clock
    is needed and two that differ do no harm; without one it asks for nothing.
    @return  whole seconds, at most a day
    @format  RFC 9110 sections 10.2.3 and 6.6.1 */
[[nodiscard]] WAYBILL_DECL std::chrono::milliseconds asked_wait(header_list const& headers);

/** The error that an answer's status means: errc::denied (401, 403), object_not_found (404, 410), lost_race (409, 412),
    temporary with what `Retry-After` asks for (408, 425, 429, 500, 502, 503, 504); any other is errc::permanent.
    @pre           the status means no success to the caller
    @param message what the body says, the first 200 bytes of it are shown; empty for none. Never a secret
    @param url     as it was requested; it is shown without its query
    @format        RFC 9110 section 15, RFC 6585 section 4, RFC 8470 section 5.2 */
[[nodiscard]] WAYBILL_DECL error status_error(int status, header_list const& headers, std::string_view message,
                                              std::string_view url);

namespace detail {

/// After failure number `failures`: waits if it is worth another attempt, else gives the error the caller gets.
[[nodiscard]] WAYBILL_DECL result<void> wait_to_repeat(retry_policy const& policy, error const& failure,
                                                       unsigned failures);

template <class Operation>
auto repeat_transient(retry_policy const& policy, Operation const& operation) -> decltype(operation()) {
  for (unsigned failures = 1;; ++failures) {
    auto r = operation();
    if (r) return r;
    if (auto const again = wait_to_repeat(policy, r.error(), failures); !again) return again.error();
  }
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/retry.ipp>
#endif
