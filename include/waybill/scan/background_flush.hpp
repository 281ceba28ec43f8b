#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace waybill::inline WAYBILL_ABI::detail {

/** Brings files to disk while a job still writes others, so that little is left to wait for at its end.

    The disk and the cores then work side by side. After every few thousand files, or some tens of MiB, a thread of its
    own flushes what is there; a small job never starts it.
    @threads `wrote` from any number of threads
*/
class background_flush {
 public:
  static constexpr std::uint64_t files_at_once = 2048;
  static constexpr std::uint64_t bytes_at_once = std::uint64_t{32} << 20;

  /// @param flush  brings everything written so far to disk; called by one thread at a time
  explicit background_flush(std::function<result<void>()> flush) : flush_{std::move(flush)} {}
  background_flush(background_flush const&) = delete;

  /// One more file was written.
  WAYBILL_DECL void wrote(std::uint64_t bytes);
  /// Flushes what is left. @errors of this flush, or the first of those before
  [[nodiscard]] WAYBILL_DECL result<void> finish();

 private:
  [[nodiscard]] bool is_due() const noexcept { return files_ >= files_at_once || bytes_ >= bytes_at_once; }
  void run(std::stop_token const& stop);

  std::function<result<void>()> flush_;
  std::mutex guard_;
  std::condition_variable_any due_;
  std::uint64_t files_ = 0;  ///< since the last flush began
  std::uint64_t bytes_ = 0;
  result<void> outcome_;
  std::jthread thread_;  ///< ends first: whoever lets go waits for a flush that runs
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/background_flush.ipp>
#endif
