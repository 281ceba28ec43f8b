#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/store/any_store.hpp>
#include <waybill/store/object.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// How long those who collect and those who publish believe each other, where a store cannot be held.
struct gate_times {
  std::chrono::milliseconds renew{10'000};   ///< a collection says so often that it is alive
  std::chrono::milliseconds dead{120'000};   ///< after so long a silence it is taken for dead
  std::chrono::milliseconds first_wait{20};  ///< between two looks; grows up to a second
};

namespace detail {

/// `.waybill/collection`: which collection was last at work. @format docs/history.md#collections
inline constexpr std::string_view collection_key = ".waybill/collection";

/// What `.waybill/collection` holds, once no collection is at work. @errors errc::interrupted; the store's
[[nodiscard]] WAYBILL_DECL result<std::optional<ref_value>> await_idle(any_store& store, gate_times const& times,
                                                                       std::stop_token const& stop);

}  // namespace detail

/** What a publisher has from the first look at what a registry holds until its pointers are there: no collection takes
    away unseen what the publisher found.

    Where a store can be held it is a shared hold, and no collection removes anything meanwhile. Elsewhere a collection
    that was at work is noticed: `undisturbed` says so, and the publisher looks again.
    @threads one thread at a time per object  @format docs/history.md#collections
*/
class passage {
 public:
  /// Waits for a collection that holds the store. @errors errc::interrupted; the store's
  [[nodiscard]] static result<passage> enter(any_store store, std::stop_token stop = {}, gate_times times = {});

  /** Was nothing removed since `enter`, or since this was last asked? Waits for a collection that is at work.
      @errors errc::interrupted; the store's */
  [[nodiscard]] result<bool> undisturbed();

 private:
  passage(any_store store, std::stop_token stop, gate_times times)
      : store_{std::move(store)}, stop_{std::move(stop)}, times_{times} {}

  any_store store_;
  std::stop_token stop_;
  gate_times times_;
  std::optional<file_descriptor> hold_{};
  std::optional<std::string> seen_{};  ///< what `.waybill/collection` held; empty: it was not there
};

/** Does again what found that a collection took bytes it had seen (errc::lost_race), a few times.
    @param work  `(bool again) -> result<T>`; when again, it takes nothing to be there that it did not ask for */
template <class Work>
auto repeat_collected(Work const& work) -> decltype(work(false)) {
  constexpr int attempts = 20;
  for (int attempt = 1;; ++attempt) {
    auto done = work(attempt > 1);
    if (done || done.error().code != errc::lost_race || attempt == attempts) return done;
  }
}

/** What a collection has while it removes: one at a time, and every publisher waits for it or notices it.

    @threads `keep` may be called concurrently
*/
class closed_gate {
 public:
  /** Waits for those who hold the store, and for other collections.
      @param nonce  a text that no other collection uses
      @errors errc::interrupted; lost_race when others are faster again and again; the store's */
  [[nodiscard]] static result<closed_gate> close(any_store store, std::string const& nonce, std::stop_token const& stop,
                                                 gate_times times = {});
  closed_gate(closed_gate&&) noexcept;
  closed_gate& operator=(closed_gate&&) = delete;
  /// Opens it, if that was not done; what goes wrong is settled by those who wait.
  ~closed_gate();

  /// Right before each removal. @errors errc::lost_race when others took this collection for dead; the store's
  [[nodiscard]] result<void> keep();
  /// @errors the store's
  [[nodiscard]] result<void> open();

 private:
  struct state;
  explicit closed_gate(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/registry/gate.ipp>
#endif
