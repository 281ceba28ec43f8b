#pragma once

#include <waybill/scan/background_flush.hpp>

#include <system_error>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL void background_flush::wrote(std::uint64_t bytes) {
  std::lock_guard const lock{guard_};
  ++files_;
  bytes_ += bytes;
  if (!is_due()) return;
  if (thread_.joinable()) return due_.notify_one();
  try {
    thread_ = std::jthread{[this](std::stop_token const& stop) { run(stop); }};
  } catch (std::system_error const&) {
    // No thread to be had: the next file tries again, and the end flushes in any case.
  }
}

WAYBILL_DECL void background_flush::run(std::stop_token const& stop) {
  std::unique_lock lock{guard_};
  while (due_.wait(lock, stop, [this] { return is_due(); })) {
    if (stop.stop_requested()) return;
    files_ = bytes_ = 0;
    lock.unlock();
    auto const flushed = flush_();
    lock.lock();
    if (!flushed && outcome_) outcome_ = flushed;
  }
}

WAYBILL_DECL result<void> background_flush::finish() {
  thread_ = {};  // waits for it
  if (!outcome_) return outcome_;
  return flush_();
}

}  // namespace waybill::inline WAYBILL_ABI::detail
