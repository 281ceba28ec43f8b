#pragma once

#include <waybill/http/curl_lane.hpp>

#include <waybill/core/shown_url.hpp>

#include <curl/curl.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI::detail {

/// libcurl goes on receiving while there is something, up to a hundred times; beyond so many bytes that nobody waits
/// for it pauses. Enough for a small object, which so comes whole with its head.
inline constexpr std::size_t largest_kept = std::size_t{64} << 10;

WAYBILL_DECL void curl_lane::wake::operator()() const noexcept { curl_multi_wakeup(multi); }

WAYBILL_DECL curl_lane::curl_lane(std::shared_ptr<curl_share> share)
    : share_{std::move(share)}, easy_{share_}, multi_{curl_multi_init()} {
  if (multi_ == nullptr) throw std::bad_alloc{};
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
}

WAYBILL_DECL curl_lane::~curl_lane() {
  finish();
  curl_multi_cleanup(multi_);
}

WAYBILL_DECL result<void> curl_lane::start(http_request const& request, http_body const* body,
                                           std::stop_token const& stop) {
  auto const r = attempt(request, body, stop, false);
  return !r && met_a_closed_connection() ? attempt(request, body, stop, true) : r;
}

/// libcurl sees to this itself, except where it was sending a large body at that moment.
WAYBILL_DECL bool curl_lane::met_a_closed_connection() const noexcept {
  return running_ && easy_.connections() == 0 && !easy_.failure() && ended_ == CURLE_SEND_ERROR &&
         answer_.received() == 0;
}

WAYBILL_DECL result<void> curl_lane::attempt(http_request const& request, http_body const* body,
                                             std::stop_token const& stop, bool anew) {
  finish();
  stop_ = stop;
  to_send_ = body != nullptr ? body->size : 0;
  answer_within_ = request.answer_within;
  answer_ = incoming_answer{share_->options().max_head_size};
  if (auto const r = easy_.prepare(request, body, {&on_head_line, &on_body, this}, anew); !r) return r.error();
  if (stop.stop_possible()) waker_.emplace(stop, wake{multi_});
  if (curl_multi_add_handle(multi_, easy_.handle()) != CURLM_OK) throw std::bad_alloc{};
  running_ = true;
  auto const has_head = [&] {
    return answer_.head_complete() && !(easy_.expects_continue() && answer_.status() == 417);
  };
  if (auto const r = drive(has_head); !r) return r.error();
  if (!answer_.head_complete()) {
    if (*ended_ != CURLE_OK) return easy_.ended_with(*ended_);
    return make_error(errc::permanent, "the answer has no head; is it an HTTP server?", shown_url(easy_.url()));
  }
  share_->note_reached(easy_.host());
  origin_ = easy_.origin();
  return {};
}

WAYBILL_DECL result<std::size_t> curl_lane::read(std::span<std::byte> buffer) {
  if (auto const n = answer_.read_kept(buffer); n != 0) return n;
  answer_.wait_for(buffer);
  // Going on writes at once what was held back; an error of that ends the transfer, and `drive` finds it.
  if (std::exchange(paused_, false)) curl_easy_pause(easy_.handle(), CURLPAUSE_CONT);
  auto const moved = drive([&] { return answer_.has_delivered(); });
  if (auto const n = answer_.stop_waiting(); n != 0) return n;
  if (!moved) return moved.error();
  if (*ended_ != CURLE_OK) return easy_.ended_with(*ended_);
  return std::size_t{0};
}

WAYBILL_DECL void curl_lane::finish() noexcept {
  waker_.reset();
  if (!running_ || !ended_ || *ended_ != CURLE_OK || easy_.failure()) origin_.clear();
  if (running_) curl_multi_remove_handle(multi_, easy_.handle());
  easy_.clear();
  stop_ = {};
  running_ = paused_ = false;
  ended_.reset();
  seen_moving_ = paid_down_ = paid_up_ = 0;
  quiet_ = {};
}

template <class Done>
result<void> curl_lane::drive(Done const& done) {
  while (!done() && !ended_) {
    if (easy_.failure()) return *easy_.failure();
    if (stop_.stop_requested())
      return easy_.give_up(make_error(errc::interrupted, "stopped on request", shown_url(easy_.url())));
    wait_for_bandwidth();
    if (auto const r = perform(); !r) return r.error();
    if (done() || ended_ || easy_.failure()) continue;
    if (auto const r = wait_for_network(); !r) return r.error();
  }
  // A transfer that a callback ended says why itself.
  if (ended_ && easy_.failure()) return *easy_.failure();
  return {};
}

WAYBILL_DECL result<void> curl_lane::perform() {
  int running = 0;
  if (auto const code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
    if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc{};
    return easy_.give_up(make_error(errc::permanent, curl_multi_strerror(code), shown_url(easy_.url())));
  }
  if (running != 0) return {};
  int left = 0;
  while (auto const* const message = curl_multi_info_read(multi_, &left))
    if (message->msg == CURLMSG_DONE) ended_ = message->data.result;
  return {};
}

/// A server that has the whole request may be given more time for its answer than one that stops reading.
WAYBILL_DECL std::chrono::milliseconds curl_lane::silence_limit() const noexcept {
  auto const limit = share_->options().stall_limit;
  bool const thinks = !answer_.head_complete() && easy_.uploaded() >= to_send_;
  return thinks ? std::max(limit, answer_within_) : limit;
}

WAYBILL_DECL result<void> curl_lane::wait_for_network() {
  using namespace std::chrono;
  if (auto const moved = answer_.received() + easy_.uploaded(); moved != seen_moving_) {
    seen_moving_ = moved;
    quiet_ = {};
  }
  auto const limit = silence_limit();
  if (quiet_ >= limit) {
    auto const text = std::to_string(duration_cast<milliseconds>(quiet_).count());
    return easy_.give_up(
        make_error(errc::temporary, "no byte came or went for " + text + " ms", shown_url(easy_.url())));
  }
  auto const before = steady_clock::now();
  auto const longest = std::min<milliseconds>(ceil<milliseconds>(limit - quiet_), hours{1});
  if (auto const code = curl_multi_poll(multi_, nullptr, 0, static_cast<int>(longest.count()), nullptr);
      code != CURLM_OK)
    return easy_.give_up(make_error(errc::permanent, curl_multi_strerror(code), shown_url(easy_.url())));
  quiet_ += steady_clock::now() - before;
  return {};
}

WAYBILL_DECL void curl_lane::wait_for_bandwidth() {
  auto& down = share_->download();
  auto& up = share_->upload();
  if (!down.limited() && !up.limited()) return;
  auto const now = std::chrono::steady_clock::now();
  auto const sent = running_ ? easy_.uploaded() : 0;
  auto const received = answer_.received();
  auto const wait = std::max(down.take(received - std::exchange(paid_down_, received), now),
                             up.take(sent - std::exchange(paid_up_, sent), now));
  if (wait.count() == 0) return;
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any nobody_notifies;
  nobody_notifies.wait_for(lock, stop_, wait, [] { return false; });
}

WAYBILL_DECL std::size_t curl_lane::on_head_line(char* text, std::size_t, std::size_t size, void* self) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  bool const taken = lane.easy_.guarded([&]() -> result<void> {
    bool const repeated = lane.easy_.expects_continue() && lane.answer_.head_complete() && lane.answer_.status() == 417;
    if (repeated && std::string_view{text, size}.starts_with("HTTP/")) lane.answer_.expect_another_head();
    return lane.answer_.take_head_line({text, size});
  });
  return taken ? size : 0;
}

WAYBILL_DECL std::size_t curl_lane::on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
  auto& lane = *static_cast<curl_lane*>(self);
  lane.paused_ = lane.answer_.kept() >= largest_kept;
  if (lane.paused_) return CURL_WRITEFUNC_PAUSE;
  bool const taken = lane.easy_.guarded([&]() -> result<void> {
    lane.answer_.take_body(as_bytes({bytes, size}));
    return {};
  });
  return taken ? size : 0;
}

}  // namespace waybill::inline WAYBILL_ABI::detail
