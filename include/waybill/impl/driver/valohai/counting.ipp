#pragma once

#include <waybill/driver/valohai/counting.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL void update_counter::hashed(std::uint64_t bytes) {
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  report_now_and_then();
}

WAYBILL_DECL void update_counter::done(file_action action) {
  auto& counter = action == file_action::added ? added_ : action == file_action::changed ? changed_ : kept_;
  counter.fetch_add(1, std::memory_order_relaxed);
  report_now_and_then();
}

WAYBILL_DECL void update_counter::finish(std::uint64_t removed) {
  removed_ = removed;
  std::lock_guard const lock{reporting_};
  if (callback_) callback_(present());
}

WAYBILL_DECL update_progress update_counter::present() const {
  update_progress out{.files_total = files_total_,
                      .bytes_hashed = bytes_.load(),
                      .bytes_total = bytes_total_,
                      .added = added_.load(),
                      .changed = changed_.load(),
                      .kept = kept_.load(),
                      .removed = removed_.load()};
  out.files_done = out.added + out.changed + out.kept;
  return out;
}

WAYBILL_DECL void update_counter::report_now_and_then() {
  if (!callback_) return;
  auto const now = std::chrono::steady_clock::now().time_since_epoch();
  if (now.count() < next_report_.load(std::memory_order_relaxed)) return;
  std::unique_lock const lock{reporting_, std::try_to_lock};
  if (!lock || now.count() < next_report_.load(std::memory_order_relaxed)) return;
  using namespace std::chrono;
  next_report_.store((now + duration_cast<steady_clock::duration>(milliseconds{100})).count(),
                     std::memory_order_relaxed);
  callback_(present());
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
