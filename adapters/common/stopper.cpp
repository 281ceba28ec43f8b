#include "common/stopper.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <thread>

namespace waybill_cli {
namespace {

constexpr int wake_signal = SIGUSR2;  // ends the waiting thread when the work is done

timespec to_timespec(std::chrono::duration<double> d) {
  auto const whole = std::chrono::floor<std::chrono::seconds>(d);
  auto const rest = std::chrono::duration_cast<std::chrono::nanoseconds>(d - whole);
  return {.tv_sec = static_cast<time_t>(whole.count()), .tv_nsec = static_cast<long>(rest.count())};
}

int code_of(int signal) { return signal == SIGINT ? 130 : signal == SIGTERM ? 143 : 75; }

}  // namespace

struct stopper::state {
  std::stop_source source;
  std::atomic<int> code{0};
  std::thread waiter;
};

stopper::stopper(std::optional<std::chrono::duration<double>> limit) : state_{new state} {
  sigset_t signals;
  sigemptyset(&signals);
  for (int s : {SIGINT, SIGTERM, wake_signal}) sigaddset(&signals, s);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  state_->waiter = std::thread{[signals, limit, s = state_] {
    int got = 0;
    if (limit) {
      auto const wait = to_timespec(*limit);
      do got = sigtimedwait(&signals, nullptr, &wait);
      while (got < 0 && errno == EINTR);
    } else {
      sigwait(&signals, &got);
    }
    if (got == wake_signal) return;
    s->code = code_of(got);
    s->source.request_stop();
    timespec const grace{.tv_sec = 0, .tv_nsec = 800'000'000};
    if (sigtimedwait(&signals, nullptr, &grace) != wake_signal) ::_exit(s->code);
  }};
}

stopper::~stopper() {
  pthread_kill(state_->waiter.native_handle(), wake_signal);
  state_->waiter.join();
  delete state_;
}

std::stop_token stopper::token() const { return state_->source.get_token(); }

std::optional<int> stopper::exit_code() const {
  int const code = state_->code;
  return code == 0 ? std::nullopt : std::optional{code};
}

}  // namespace waybill_cli
