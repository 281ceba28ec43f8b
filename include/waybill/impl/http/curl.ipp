#pragma once

#include <waybill/http/curl.hpp>

#include <waybill/http/curl_lane.hpp>
#include <waybill/http/curl_share.hpp>
#include <waybill/http/host_policy.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The lanes nobody uses at the moment. @threads all members may be called concurrently
class curl_pool {
 public:
  explicit curl_pool(curl_options options) : share_{std::make_shared<curl_share>(std::move(options))} {}

  [[nodiscard]] curl_options const& options() const noexcept { return share_->options(); }

  /// The lane that was used last for that origin, so that few connections stay warm; else one without a connection;
  /// else a new one, or the one that was idle longest.
  [[nodiscard]] std::unique_ptr<curl_lane> take(std::string_view origin) {
    {
      std::scoped_lock const lock{mutex_};
      auto const led_to = [&](std::string_view where) {
        return std::find_if(idle_.rbegin(), idle_.rend(), [&](auto const& lane) { return lane->origin() == where; });
      };
      auto at = led_to(origin);
      if (at == idle_.rend()) at = led_to({});
      if (at == idle_.rend() && idle_.size() >= options().max_idle_connections && !idle_.empty())
        at = std::prev(idle_.rend());
      if (at != idle_.rend()) {
        auto lane = std::move(*at);
        idle_.erase(std::next(at).base());
        return lane;
      }
    }
    return std::make_unique<curl_lane>(share_);
  }

  void give_back(std::unique_ptr<curl_lane> lane) noexcept {
    lane->finish();
    std::unique_ptr<curl_lane> surplus;  // closes its connection after the lock
    std::scoped_lock const lock{mutex_};
    if (idle_.size() >= options().max_idle_connections) {
      if (idle_.empty()) return surplus.swap(lane);
      surplus = std::move(idle_.front());
      idle_.erase(idle_.begin());
    }
    try {
      idle_.push_back(std::move(lane));
    } catch (std::bad_alloc const&) {  // then it is closed
    }
  }

 private:
  std::shared_ptr<curl_share> share_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<curl_lane>> idle_;  ///< the one used last at the end
};

/// Has its lane until the body is read or nobody wants it any more.
class curl_response final : public http_response {
 public:
  curl_response(std::shared_ptr<curl_pool> pool, std::unique_ptr<curl_lane> lane)
      : pool_{std::move(pool)}, lane_{std::move(lane)} {
    status_ = lane_->answer().status();
    headers_ = lane_->answer().take_headers();
  }
  ~curl_response() override {
    if (lane_) pool_->give_back(std::move(lane_));
  }
  curl_response(curl_response const&) = delete;
  curl_response& operator=(curl_response const&) = delete;

  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!lane_ || buffer.empty()) return std::size_t{0};
    auto const n = lane_->read(buffer);
    if (n && *n == 0) pool_->give_back(std::move(lane_));
    return n;
  }

 private:
  std::shared_ptr<curl_pool> pool_;
  std::unique_ptr<curl_lane> lane_;
};

}  // namespace detail

WAYBILL_DECL curl_client::curl_client(curl_options options)
    : pool_{std::make_shared<detail::curl_pool>(std::move(options))} {}
WAYBILL_DECL curl_client::~curl_client() = default;
WAYBILL_DECL curl_client::curl_client(curl_client&&) noexcept = default;
WAYBILL_DECL curl_client& curl_client::operator=(curl_client&&) noexcept = default;

WAYBILL_DECL result<std::unique_ptr<http_response>> curl_client::send(http_request const& request,
                                                                      http_body const* body,
                                                                      std::stop_token const& stop) {
  if (auto const sendable = check_request(request); !sendable) return sendable.error();
  if (auto const& hosts = pool_->options().hosts)
    if (auto const permitted = hosts->check_url(request.url); !permitted) return permitted.error();
  auto const parts = split_http_url(request.url);
  if (!parts) return parts.error();
  auto lane = pool_->take(parts->origin());
  auto const started = lane->start(request, body, stop);
  if (!started) {
    pool_->give_back(std::move(lane));
    return started.error();
  }
  return std::unique_ptr<http_response>{std::make_unique<detail::curl_response>(pool_, std::move(lane))};
}

}  // namespace waybill::inline WAYBILL_ABI
