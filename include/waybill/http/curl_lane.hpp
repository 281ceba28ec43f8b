#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/curl_share.hpp>
#include <waybill/http/incoming.hpp>
#include <waybill/http/message.hpp>
#include <waybill/http/outgoing.hpp>

#include <array>
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

  // The set-up of a transfer.
  template <class Value>
  void set(int option, Value value);
  void set_connection(std::string const& url);
  [[nodiscard]] result<void> set_fields(http_request const& request, std::uint64_t body_size);
  [[nodiscard]] result<void> set_method(std::string const& method, http_body const* body);
  [[nodiscard]] result<void> set_body(http_body const& body);

  // Driving it.
  template <class Done>
  [[nodiscard]] result<void> drive(Done const& done);
  [[nodiscard]] result<void> perform();
  [[nodiscard]] result<void> wait_for_network();
  [[nodiscard]] result<void> wait_for_bandwidth();
  [[nodiscard]] std::uint64_t uploaded() const noexcept;
  [[nodiscard]] error failed() const;

  // What libcurl calls; `self` is the lane.
  static std::size_t on_head_line(char* text, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_upload(char* buffer, std::size_t, std::size_t size, void* self) noexcept;
  static int on_rewind(void* self, std::int64_t offset, int origin) noexcept;
  [[nodiscard]] int open_socket(int family, int type, int protocol, void const* address) noexcept;
  /// Runs a callback's work; what it throws or returns as an error ends the transfer.
  template <class Work>
  bool guarded(Work const& work) noexcept;

  std::shared_ptr<curl_share> share_;
  void* multi_ = nullptr;         ///< CURLM: the connection
  void* easy_ = nullptr;          ///< CURL: the transfer
  std::array<char, 256> says_{};  ///< curl's words on an error
  std::string origin_;

  // The request.
  std::string url_, host_;
  void* fields_ = nullptr;  ///< curl_slist
  std::optional<outgoing_body> body_;
  std::string small_body_;
  bool proxied_ = false, expects_continue_ = false, running_ = false, paused_ = false;
  std::stop_token stop_;
  std::optional<std::stop_callback<wake>> waker_;

  incoming_answer answer_;

  // How it goes.
  std::optional<int> ended_;      ///< CURLcode
  std::optional<error> failure_;  ///< of a callback, a stop or a stall
  bool address_refused_ = false;
  std::uint64_t seen_moving_ = 0;  ///< bytes in both directions when it last was looked at
  std::uint64_t paid_down_ = 0, paid_up_ = 0;
  std::chrono::nanoseconds quiet_{0};  ///< waited since then
};

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/curl_lane.ipp>
#endif
