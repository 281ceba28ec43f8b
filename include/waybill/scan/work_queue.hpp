#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/pool.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/** Work that makes more work: several threads drain it, and what they do may push further items.

    Each thread calls `drain` once; all of them return when no item is left and none is being worked on.
    @tparam Item  movable
    @threads all members may be called concurrently
*/
template <class Item>
class work_queue {
 public:
  /// Adds an item behind all others.
  void push(Item item) { add(std::move(item), false); }
  /// Adds an item before all others: for large work, which must not be left to the end.
  void push_first(Item item) { add(std::move(item), true); }

  /** Calls `work` with items until everything is done, here and on the other threads.

      An error, an exception or a stop request ends all threads' work after their running items.
      @param work  `result<void>(Item)`
      @errors what `work` returned; errc::interrupted
  */
  template <class Work>
  [[nodiscard]] result<void> drain(std::stop_token const& stop, Work&& work) {
    while (auto item = take()) {
      closing_guard guard{*this};
      if (stop.stop_requested()) return detail::interrupted_error();
      if (result<void> done = work(std::move(*item)); !done) return done;
      guard.finished = true;
    }
    return {};
  }

 private:
  /// Gives an item back as done; anything but a normal end closes the queue, so that nobody waits for ever.
  struct closing_guard {
    work_queue& queue;
    bool finished = false;
    ~closing_guard() {
      std::lock_guard const lock{queue.guard_};
      --queue.busy_;
      if (!finished) queue.closed_ = true;
      if (queue.over()) queue.changed_.notify_all();
    }
  };

  void add(Item item, bool first) {
    std::lock_guard const lock{guard_};
    items_.insert(first ? items_.begin() : items_.end(), std::move(item));
    if (waiting_ != 0) changed_.notify_one();
  }

  [[nodiscard]] bool over() const noexcept { return closed_ || (items_.empty() && busy_ == 0); }

  [[nodiscard]] std::optional<Item> take() {
    std::unique_lock lock{guard_};
    ++waiting_;
    changed_.wait(lock, [&] { return over() || !items_.empty(); });
    --waiting_;
    if (over()) return std::nullopt;
    std::optional<Item> item{std::move(items_.front())};
    items_.pop_front();
    ++busy_;
    return item;
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::size_t busy_ = 0;
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace waybill::inline WAYBILL_ABI
