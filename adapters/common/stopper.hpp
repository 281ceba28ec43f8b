#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

namespace waybill_cli {

/** Turns SIGINT, SIGTERM and an overall time limit into a stop request.

    Work that does not stop within a second is ended where it stands, which every writer of the kit survives; a second
    signal ends it at once. One object, made before other threads start, as it blocks the signals for them.
*/
class stopper {
 public:
  explicit stopper(std::optional<std::chrono::duration<double>> limit);
  ~stopper();
  stopper(stopper const&) = delete;
  stopper& operator=(stopper const&) = delete;

  [[nodiscard]] std::stop_token token() const;
  /// 130 or 143 after a signal, 75 after the time limit, else empty.
  [[nodiscard]] std::optional<int> exit_code() const;

 private:
  struct state;
  state* state_;
};

}  // namespace waybill_cli
