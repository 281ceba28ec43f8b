#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/curl_easy.hpp>
#include <waybill/http/curl_share.hpp>
#include <waybill/http/incoming.hpp>
#include <waybill/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace waybill::inline WAYBILL_ABI::detail {

/** One connection and the transfers that go over it, one after the other.

    A lane is driven by whoever uses it: bytes move only inside `start` and `read`, on the caller's thread. So a
    transfer has no thread of its own, nothing is handed over between threads, and a slow reader slows the sender
    through TCP itself. What arrives is written into the caller's buffer while one is waiting. What comes with it beyond
    that is kept, up to a limit at which libcurl is told to pause.
    @threads one at a time */
class curl_lane {
 public:
  explicit curl_lane(std::shared_ptr<curl_share> share);
  ~curl_lane();
  curl_lane(curl_lane const&) = delete;
  curl_lane& operator=(curl_lane const&) = delete;

  /// Sends a checked request and waits for the head of the answer. After an error: `finish`.
  [[nodiscard]] result<void> start(http_request const& request, http_body const* body, std::stop_token const& stop);
  [[nodiscard]] incoming_answer& answer() noexcept { return answer_; }
  /// Bytes of the body; 0 at its end.
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer);
  /// Ends the transfer. Where the answer was not read to its end that closes the connection.
  void finish() noexcept;

  /// Where the lane's connection leads: scheme, host, port. Empty where it has none that could be used again.
  [[nodiscard]] std::string const& origin() const noexcept { return origin_; }

 private:
  struct wake {
    void* multi;
    void operator()() const noexcept;
  };

  [[nodiscard]] result<void> attempt(http_request const& request, http_body const* body, std::stop_token const& stop,
                                     bool anew);
  [[nodiscard]] bool met_a_closed_connection() const noexcept;

  template <class Done>
  [[nodiscard]] result<void> drive(Done const& done);
  [[nodiscard]] result<void> perform();
  [[nodiscard]] result<void> wait_for_network();
  [[nodiscard]] std::chrono::milliseconds silence_limit() const noexcept;
  void wait_for_bandwidth();

  // What libcurl calls; `self` is the lane.
  static std::size_t on_head_line(char* text, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept;

  std::shared_ptr<curl_share> share_;
  curl_easy easy_;  ///< the transfer
  void* multi_;     ///< CURLM: the connection
  std::string origin_;
  incoming_answer answer_;

  // How it goes.
  bool running_ = false, paused_ = false;
  std::optional<int> ended_;  ///< CURLcode
  std::stop_token stop_;
  std::optional<std::stop_callback<wake>> waker_;
  std::uint64_t to_send_ = 0;                   ///< bytes of the request's body
  std::chrono::milliseconds answer_within_{0};  ///< as the request says
  std::uint64_t seen_moving_ = 0;               ///< bytes in both directions when it last was looked at
  std::uint64_t paid_down_ = 0, paid_up_ = 0;
  std::chrono::nanoseconds quiet_{0};  ///< waited since then
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/curl_lane.ipp>
#endif
