#pragma once

#include <waybill/scan/background_flush.hpp>

#include <system_error>

namespace waybill::inline WAYBILL_ABI::detail {

WAYBILL_DECL background_flush::~background_flush() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

WAYBILL_DECL void background_flush::wrote(std::uint64_t bytes) {
  std::lock_guard const lock{guard_};
  ++files_;
  bytes_ += bytes;
  if (files_ < files_at_once && bytes_ < bytes_at_once) return;
  if (thread_.joinable()) return due_.notify_one();
  try {
    thread_ = std::jthread{[this](std::stop_token const& stop) { run(stop); }};
  } catch (std::system_error const&) {
    // No thread to be had: the next file tries again, and the end flushes in any case.
  }
}

WAYBILL_DECL void background_flush::run(std::stop_token const& stop) {
  std::unique_lock lock{guard_};
  while (due_.wait(lock, stop, [&] { return files_ >= files_at_once || bytes_ >= bytes_at_once; })) {
    if (stop.stop_requested()) return;
    files_ = bytes_ = 0;
    lock.unlock();
    auto const flushed = flush_();
    lock.lock();
    if (!flushed && outcome_) outcome_ = flushed;
  }
}

WAYBILL_DECL result<void> background_flush::finish() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  if (!outcome_) return outcome_;
  return flush_();
}

}  // namespace waybill::inline WAYBILL_ABI::detail
