#pragma once

#include <waybill/registry/gate.hpp>

#include <waybill/json/write.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

using gate_clock = std::chrono::steady_clock;
inline constexpr std::string_view at_work = R"({"state":"removing",)";
inline constexpr int most_closings = 64;

inline bool is_at_work(std::string_view text) { return text.starts_with(at_work); }

/// @param beats  how often it said that it is alive
inline std::string collection_text(bool working, std::string_view nonce, std::uint64_t beats) {
  std::string out{working ? at_work : R"({"state":"done",)"};
  out.append(R"("collection":)");
  json::append_canonical_string(out, nonce);
  return out.append(R"(,"beats":)").append(std::to_string(beats)).append("}");
}

/// Waits a little, longer each time. @errors errc::interrupted
class patience {
 public:
  patience(std::chrono::milliseconds first, std::stop_token stop) : next_{first}, stop_{std::move(stop)} {}
  [[nodiscard]] result<void> wait() {
    if (stop_.stop_requested()) return interrupted_error();
    std::this_thread::sleep_for(next_);
    next_ = std::min(next_ * 2, std::max(next_, std::chrono::milliseconds{200}));
    return {};
  }

 private:
  std::chrono::milliseconds next_;
  std::stop_token stop_;
};

inline result<file_descriptor> wait_for_hold(any_store& store, hold_kind kind, gate_times const& times,
                                             std::stop_token const& stop) {
  patience calm{times.first_wait, stop};
  for (;;) {
    auto held = store.try_hold(kind);
    if (!held) return held.error();
    if (*held) return std::move(**held);
    if (auto const ok = calm.wait(); !ok) return ok.error();
  }
}

/// A swap whose answer was lost, and that was repeated below us, looks like a lost race: it is not one.
inline result<ref_value> swap_collection(any_store& store, std::optional<std::string> const& expected,
                                         std::string const& text) {
  std::string const key{collection_key};
  auto swapped = store.swap_ref(key, expected, text);
  if (swapped || swapped.error().code != errc::lost_race) return swapped;
  auto const now = store.read_ref(key);
  return now && *now && (*now)->text == text ? result<ref_value>{**now} : swapped;
}

WAYBILL_DECL result<std::optional<ref_value>> await_idle(any_store& store, gate_times const& times,
                                                         std::stop_token const& stop) {
  std::optional<std::string> seen;
  auto since = gate_clock::now();
  patience calm{times.first_wait, stop};
  for (;;) {
    auto now = store.read_ref(std::string{collection_key});
    if (!now) return now.error();
    if (!*now || !is_at_work((*now)->text)) return now;
    if (seen != (*now)->version) {
      seen = (*now)->version;
      since = gate_clock::now();
    } else if (gate_clock::now() - since > times.dead) {
      // It removes nothing any more: it would have to say first that it is alive, and finds another text here.
      auto text = (*now)->text;
      text.replace(0, at_work.size(), R"({"state":"abandoned",)");
      auto const ended = swap_collection(store, (*now)->version, text);
      if (!ended && ended.error().code != errc::lost_race) return ended.error();
      continue;
    }
    if (auto const ok = calm.wait(); !ok) return ok.error();
  }
}

}  // namespace detail

WAYBILL_DECL result<passage> passage::enter(any_store store, std::stop_token stop, gate_times times) {
  passage out{std::move(store), std::move(stop), times};
  if (out.store_.can_hold()) {
    auto held = detail::wait_for_hold(out.store_, hold_kind::shared, times, out.stop_);
    if (!held) return held.error();
    out.hold_ = std::move(*held);
    return out;
  }
  // A collection that is at work is not waited for: it is noticed before anything is published.
  auto const now = out.store_.read_ref(std::string{detail::collection_key});
  if (!now) return now.error();
  if (*now) out.seen_ = (*now)->text;
  return out;
}

WAYBILL_DECL result<bool> passage::undisturbed() {
  if (hold_) return true;
  auto const now = detail::await_idle(store_, times_, stop_);
  if (!now) return now.error();
  auto text = *now ? std::optional{(*now)->text} : std::nullopt;
  return std::exchange(seen_, text) == text;
}

struct closed_gate::state {
  any_store store;
  std::string nonce;
  gate_times times;
  std::optional<file_descriptor> hold{};
  std::mutex guard{};
  std::string version{};
  std::uint64_t beats = 0;
  detail::gate_clock::time_point renewed{};
  bool lost = false;
};

WAYBILL_DECL closed_gate::closed_gate(std::unique_ptr<state> s) : state_{std::move(s)} {}
WAYBILL_DECL closed_gate::closed_gate(closed_gate&&) noexcept = default;
WAYBILL_DECL closed_gate::~closed_gate() {
  if (state_) static_cast<void>(open());
}

WAYBILL_DECL result<closed_gate> closed_gate::close(any_store store, std::string const& nonce,
                                                    std::stop_token const& stop, gate_times times) {
  std::unique_ptr<state> s{new state{std::move(store), nonce, times}};
  if (s->store.can_hold()) {
    auto held = detail::wait_for_hold(s->store, hold_kind::exclusive, times, stop);
    if (!held) return held.error();
    s->hold = std::move(*held);
    return closed_gate{std::move(s)};
  }
  for (int attempt = 1;; ++attempt) {
    auto const before = detail::await_idle(s->store, times, stop);
    if (!before) return before.error();
    s->renewed = detail::gate_clock::now();
    auto const closed = detail::swap_collection(s->store, *before ? std::optional{(*before)->version} : std::nullopt,
                                                detail::collection_text(true, nonce, 0));
    if (closed) {
      s->version = closed->version;
      return closed_gate{std::move(s)};
    }
    if (closed.error().code != errc::lost_race || attempt == detail::most_closings) return closed.error();
  }
}

WAYBILL_DECL result<void> closed_gate::keep() {
  auto& s = *state_;
  if (s.hold) return {};
  std::lock_guard const lock{s.guard};
  auto const lost = [] {
    return make_error(errc::lost_race,
                      "others took this collection for dead; what it removed nothing reached: repeat it",
                      std::string{detail::collection_key});
  };
  if (s.lost) return lost();
  auto const now = detail::gate_clock::now();
  if (now - s.renewed < s.times.renew) return {};
  auto const alive = detail::swap_collection(s.store, s.version, detail::collection_text(true, s.nonce, ++s.beats));
  if (!alive) {
    s.lost = true;
    return alive.error().code == errc::lost_race ? lost() : alive.error();
  }
  s.renewed = now;
  s.version = alive->version;
  return {};
}

WAYBILL_DECL result<void> closed_gate::open() {
  auto const s = std::exchange(state_, nullptr);
  if (!s || s->hold || s->lost) return {};
  auto const opened = detail::swap_collection(s->store, s->version, detail::collection_text(false, s->nonce, s->beats));
  if (!opened) return opened.error();
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI
