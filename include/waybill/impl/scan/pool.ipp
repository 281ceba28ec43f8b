#pragma once

#include <waybill/scan/pool.hpp>

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// What the workers of one `parallel_for` share.
struct parallel_state {
  std::size_t count;
  job_control const& control;
  std::function<result<void>(unsigned, std::size_t)> const& work;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex guard{};
  std::size_t failed_index = ~std::size_t{0};
  std::optional<error> first_error{};
  std::exception_ptr thrown{};

  void fail(std::size_t index, error e) {
    std::lock_guard const lock{guard};
    failed = true;
    if (index >= failed_index) return;
    failed_index = index;
    first_error = std::move(e);
  }

  void run(unsigned worker) noexcept {
    try {
      while (!failed && !control.stop.stop_requested()) {
        auto const index = next.fetch_add(1, std::memory_order_relaxed);
        if (index >= count) return;
        if (auto r = work(worker, index); !r) fail(index, std::move(r).error());
      }
    } catch (...) {
      std::lock_guard const lock{guard};
      failed = true;
      if (!thrown) thrown = std::current_exception();
    }
  }
};

/// Starts up to `wanted` threads; fewer where the system has no more, which only costs time.
inline void run_workers(parallel_state& state, unsigned wanted) {
  std::vector<std::jthread> threads;
  threads.reserve(wanted);
  try {
    for (unsigned worker = 1; worker < wanted; ++worker) threads.emplace_back([&state, worker] { state.run(worker); });
  } catch (std::system_error const&) {
  }
  state.run(0);
}

/// Lets workers pass one by one in the order of their items.
class turnstile {
 public:
  /// Runs `f` when every item before `index` has passed; not at all once one has broken off.
  template <class F>
  result<void> pass(std::size_t index, F const& f) {
    std::unique_lock lock{guard_};
    changed_.wait(lock, [&] { return broken_ || next_ == index; });
    if (broken_) return {};
    auto done = f();
    ++next_;
    broken_ = !done;
    changed_.notify_all();
    return done;
  }
  [[nodiscard]] bool broken() {
    std::lock_guard const lock{guard_};
    return broken_;
  }
  void break_off() {
    std::lock_guard const lock{guard_};
    broken_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  std::size_t next_ = 0;
  bool broken_ = false;
};

WAYBILL_DECL error interrupted_error() {
  return make_error(errc::interrupted, "stopped on request; repeat the command to go on");
}

}  // namespace detail

WAYBILL_DECL unsigned worker_count(job_control const& control) noexcept {
  if (control.workers != 0) return control.workers;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    if (auto const n = CPU_COUNT(&allowed); n > 0) return static_cast<unsigned>(n);
  return std::max(1U, std::thread::hardware_concurrency());
}

WAYBILL_DECL result<void> parallel_for(std::size_t count, job_control const& control,
                                       std::function<result<void>(unsigned worker, std::size_t index)> const& work) {
  detail::parallel_state state{count, control, work};
  detail::run_workers(state, static_cast<unsigned>(std::min<std::size_t>(worker_count(control), count)));
  if (state.thrown) std::rethrow_exception(state.thrown);
  if (state.first_error) return std::move(*state.first_error);
  if (state.next < count) return detail::interrupted_error();
  return {};
}

WAYBILL_DECL result<void> parallel_in_order(std::size_t count, job_control const& control,
                                            std::function<result<void>(unsigned, std::size_t)> const& make,
                                            std::function<result<void>(unsigned, std::size_t)> const& take) {
  detail::turnstile order;
  return parallel_for(count, control, [&](unsigned worker, std::size_t index) -> result<void> {
    try {
      auto made = make(worker, index);
      if (made) return order.pass(index, [&] { return take(worker, index); });
      order.break_off();
      return made;
    } catch (...) {
      order.break_off();
      throw;
    }
  });
}

WAYBILL_DECL result<void> parallel_stream(job_control const& control, std::function<result<bool>(unsigned)> const& next,
                                          std::function<result<void>(unsigned)> const& make,
                                          std::function<result<void>(unsigned)> const& take) {
  detail::turnstile order;
  std::mutex bringing;
  std::size_t brought = 0;
  bool over = false;
  auto const one = [&](unsigned worker) -> result<bool> {
    std::unique_lock lock{bringing};
    if (over || order.broken()) return false;
    if (control.stop.stop_requested()) return detail::interrupted_error();
    auto const more = next(worker);
    over = !more || !*more;
    if (more && !*more) return false;
    auto const index = brought++;
    lock.unlock();
    auto made = more ? make(worker) : result<void>{more.error()};
    // An error waits for its turn too: one before it may be still on its way.
    auto const passed = order.pass(index, [&] { return made ? take(worker) : std::move(made); });
    if (!passed) return passed.error();
    return true;
  };
  auto const workers = worker_count(control);
  return parallel_for(workers, {.workers = workers}, [&](unsigned worker, std::size_t) -> result<void> {
    try {
      for (;;)
        if (auto const more = one(worker); !more || !*more) return more ? result<void>{} : result<void>{more.error()};
    } catch (...) {
      order.break_off();
      throw;
    }
  });
}

WAYBILL_DECL void progress_counter::expect(std::uint64_t files, std::uint64_t bytes) noexcept {
  files_total_.fetch_add(files, std::memory_order_relaxed);
  bytes_total_.fetch_add(bytes, std::memory_order_relaxed);
}

WAYBILL_DECL void progress_counter::done(std::uint64_t files, std::uint64_t bytes) {
  files_done_.fetch_add(files, std::memory_order_relaxed);
  bytes_done_.fetch_add(bytes, std::memory_order_relaxed);
  if (!callback_) return;
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  if (now.count() < next_report_.load(std::memory_order_relaxed)) return;
  std::unique_lock const lock{reporting_, std::try_to_lock};
  if (!lock || now.count() < next_report_.load(std::memory_order_relaxed)) return;
  using namespace std::chrono;
  next_report_.store((now + duration_cast<steady_clock::duration>(milliseconds{100})).count(),
                     std::memory_order_relaxed);
  report();
}

WAYBILL_DECL void progress_counter::flush() {
  std::lock_guard const lock{reporting_};
  if (callback_) report();
}

WAYBILL_DECL void progress_counter::report() {
  // Done before total: a report never shows more done than expected by callers that expect first.
  auto const files = files_done_.load(), bytes = bytes_done_.load();
  callback_({stage_, files, files_total_.load(), bytes, bytes_total_.load()});
}

}  // namespace waybill::inline WAYBILL_ABI
