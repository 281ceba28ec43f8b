#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// `control.workers`, or the number of cores this process may use.
[[nodiscard]] WAYBILL_DECL unsigned worker_count(job_control const& control) noexcept;

/** Runs `work(worker, index)` for every index below `count` on several threads, each index once, in rising order of
    start.

    The first error stops the rest and is returned; a stop request ends with errc::interrupted after the running items.
    @param work  called concurrently; `worker` < worker count, for per-worker state; what it throws is thrown here, once
                 all threads have ended
    @errors errc::interrupted; what `work` returned first
*/
[[nodiscard]] WAYBILL_DECL result<void> parallel_for(
    std::size_t count, job_control const& control,
    std::function<result<void>(unsigned worker, std::size_t index)> const& work);

/** Runs `make(worker, index)` for every index as `parallel_for` does, and `take(worker, index)` after it: one at a
    time, in the order of the indexes, by the worker that made it.

    For what is costly to make and must leave in order. @errors as parallel_for; after one, nothing later is taken
*/
[[nodiscard]] WAYBILL_DECL result<void> parallel_in_order(
    std::size_t count, job_control const& control,
    std::function<result<void>(unsigned worker, std::size_t index)> const& make,
    std::function<result<void>(unsigned worker, std::size_t index)> const& take);

/** The same for items of which nobody knows how many there are.
    @param next  brings the item; one thread at a time, in order. False: there are no more
    @errors      as parallel_in_order, in the order of the items: what a single thread would have met first */
[[nodiscard]] WAYBILL_DECL result<void> parallel_stream(job_control const& control,
                                                        std::function<result<bool>(unsigned worker)> const& next,
                                                        std::function<result<void>(unsigned worker)> const& make,
                                                        std::function<result<void>(unsigned worker)> const& take);

/** Counts a job's work from many threads and reports it, at most ten times a second.
    @threads all members may be called concurrently */
class progress_counter {
 public:
  progress_counter(progress_callback callback, std::string_view stage)
      : callback_{std::move(callback)}, stage_{stage} {}
  void expect(std::uint64_t files, std::uint64_t bytes) noexcept;
  void done(std::uint64_t files, std::uint64_t bytes);
  /// Reports the present state regardless of the rate limit.
  void flush();

 private:
  void report();

  progress_callback callback_;
  std::string_view stage_;
  std::atomic<std::uint64_t> files_done_{0}, files_total_{0}, bytes_done_{0}, bytes_total_{0};
  std::mutex reporting_;
  std::atomic<std::chrono::steady_clock::rep> next_report_{0};
};

namespace detail {
/// The error of a job whose stop was requested.
[[nodiscard]] WAYBILL_DECL error interrupted_error();
}  // namespace detail

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/pool.ipp>
#endif
