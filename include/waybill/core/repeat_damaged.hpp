#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

namespace waybill::inline WAYBILL_ABI {

/// What bytes that were damaged on their way look like: their size or digest is another one.
struct bytes_are_wrong {
  [[nodiscard]] bool operator()(error const& e) const { return e.code == condition::integrity; }
};

/** Does again what fails for bytes that may have been damaged on their way; any other failure is passed on at once.

    There is no wait: nobody was busy. What fails in passing is repeated below, by the store (`retrying`).
    @param attempts   in total, 1 or less: no repetition. More than 1 only where the way is a network: what a disk holds
                      stays wrong
    @param operation  `() -> result<T>`, which reads the bytes anew each time
    @param is_damage  `(error const&) -> bool`
    @return what the last attempt gave
*/
template <class Operation, class Damage = bytes_are_wrong>
auto repeat_damaged(int attempts, Operation const& operation, Damage const& is_damage = {}) -> decltype(operation()) {
  for (int attempt = 1;; ++attempt) {
    auto r = operation();
    if (r || attempt >= attempts || !is_damage(r.error())) return r;
  }
}

}  // namespace waybill::inline WAYBILL_ABI
