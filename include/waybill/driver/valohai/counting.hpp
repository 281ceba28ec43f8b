#pragma once

#include <waybill/config.hpp>
#include <waybill/protocol/valohai/comparison.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// How far an update is.
struct update_progress {
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes_hashed = 0;
  std::uint64_t bytes_total = 0;  ///< of the content; what is known without reading is not hashed
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t kept = 0;
  std::uint64_t removed = 0;
};

/// Called now and then. @threads from any worker, never two calls at once; must return quickly
using update_callback = std::function<void(update_progress const&)>;

/// Counts an update's work from many threads and reports it, at most ten times a second.
/// @threads all members may be called concurrently
class update_counter {
 public:
  update_counter(update_callback callback, std::uint64_t files, std::uint64_t bytes)
      : callback_{std::move(callback)}, files_total_{files}, bytes_total_{bytes} {}

  void hashed(std::uint64_t bytes);
  void done(file_action action);
  /// Reports the end, regardless of the rate.
  void finish(std::uint64_t removed);

  [[nodiscard]] std::uint64_t bytes_hashed() const noexcept { return bytes_.load(); }

 private:
  void report_now_and_then();
  [[nodiscard]] update_progress present() const;

  update_callback callback_;
  std::uint64_t files_total_, bytes_total_;
  std::atomic<std::uint64_t> bytes_{0}, added_{0}, changed_{0}, kept_{0}, removed_{0};
  std::mutex reporting_;
  std::atomic<std::chrono::steady_clock::rep> next_report_{0};
};

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/counting.ipp>
#endif
