#pragma once

#include <waybill/config.hpp>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// How far a job is. Totals grow while a job still discovers its work; 0 means not known yet.
struct progress {
  std::string_view stage;  ///< `scan`, `hash`, `copy`, …; static storage
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

/// Called now and then while a job runs. @threads from any worker, never two calls at once; must return quickly
using progress_callback = std::function<void(progress const&)>;

/// How a long job is run: workers, reports, and a way to stop it.
struct job_control {
  unsigned workers = 0;             ///< 0: one per core
  progress_callback on_progress{};  ///< may be empty
  std::stop_token stop{};           ///< a stopped job returns errc::interrupted within a second, state resumable
};

}  // namespace waybill::inline WAYBILL_ABI
