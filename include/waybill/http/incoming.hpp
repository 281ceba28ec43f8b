#pragma once

#include <waybill/config.hpp>
#include <waybill/core/bytes.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** An answer as a transport receives it: lines of the head, then bytes of the body.

    A body's bytes go straight into the buffer of who waits for them; what nobody waited for is kept until it is asked
    for.
    @threads one at a time */
class incoming_answer {
 public:
  /// @param max_head_size  bytes of all heads and trailers together
  explicit incoming_answer(std::size_t max_head_size = 0) noexcept : max_head_size_{max_head_size} {}

  /** Takes one line with its line end: of an interim head (1xx), which is passed over, of the head, or of the trailers,
      which are dropped. A line that begins with a blank goes on with the field before it.
      @errors errc::permanent for more bytes than allowed, or a head without a status
      @format RFC 9112 sections 4 and 5, RFC 9110 section 15.2 */
  [[nodiscard]] result<void> take_head_line(std::string_view line);
  /// Takes bytes of the body.
  void take_body(byte_view bytes);
  /// The head that was complete is passed over as an interim one: the request is sent again.
  void expect_another_head() noexcept;

  [[nodiscard]] bool head_complete() const noexcept { return head_complete_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] header_list const& headers() const noexcept { return headers_; }
  [[nodiscard]] header_list take_headers() noexcept { return std::move(headers_); }
  /// Bytes of heads, trailers and body.
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

  /// Bytes that nobody waited for and nobody has read.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size() - kept_from_; }
  /// Reads bytes that were kept; 0 when there are none.
  [[nodiscard]] std::size_t read_kept(std::span<std::byte> buffer) noexcept;
  /// Lets the next bytes of the body go into `buffer`. @pre nothing is kept @lifetime until `delivered`
  void wait_for(std::span<std::byte> buffer) noexcept;
  [[nodiscard]] bool has_delivered() const noexcept { return delivered_ != 0; }
  /// Ends the wait. @return bytes that came into the buffer
  [[nodiscard]] std::size_t stop_waiting() noexcept;

 private:
  std::size_t max_head_size_;
  std::size_t head_size_ = 0;
  int status_ = 0;
  header_list headers_;
  bool head_complete_ = false;
  std::uint64_t received_ = 0;
  std::span<std::byte> wanted_;  ///< what is left of the buffer that waits
  std::size_t delivered_ = 0;
  std::vector<std::byte> kept_;
  std::size_t kept_from_ = 0;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/incoming.ipp>
#endif
