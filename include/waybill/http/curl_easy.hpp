#pragma once

#include <waybill/config.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/curl_share.hpp>
#include <waybill/http/message.hpp>
#include <waybill/http/outgoing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI::detail {

/// Where libcurl takes what arrives. A callback that takes fewer bytes than it is given ends the transfer.
struct curl_receiver {
  using callback = std::size_t (*)(char* bytes, std::size_t one, std::size_t size, void* self) noexcept;
  callback on_head_line;
  callback on_body;
  void* self;
};

/** libcurl's handle for one request after the other: how a request, its body and the client's options are put to
    libcurl, and what becomes of them when it calls back.
    @threads one at a time */
class curl_easy {
 public:
  explicit curl_easy(std::shared_ptr<curl_share> share);
  ~curl_easy();
  curl_easy(curl_easy const&) = delete;
  curl_easy& operator=(curl_easy const&) = delete;

  [[nodiscard]] void* handle() const noexcept { return handle_; }

  /** Sets up the transfer of a checked request; what an earlier one left is gone.
      @param anew  on a connection of its own
      @errors errc::usage for a header field that is the client's own, malformed_url; what the body's source says
      @lifetime refers to the request's body until `clear` */
  [[nodiscard]] result<void> prepare(http_request const& request, http_body const* body, curl_receiver const& receiver,
                                     bool anew);
  /// Lets go of the request. @pre no transfer of the handle is under way
  void clear() noexcept;

  [[nodiscard]] std::string const& url() const noexcept { return url_; }
  [[nodiscard]] std::string const& host() const noexcept { return host_; }
  /// Scheme, host and port the request goes to.
  [[nodiscard]] std::string const& origin() const noexcept { return origin_; }
  /// Whether libcurl asks with `Expect: 100-continue`; after 417 it sends the request again by itself, without asking.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  /// Bytes of the body that libcurl has sent.
  [[nodiscard]] std::uint64_t uploaded() const noexcept;
  /// Connections the transfer opened; 0 for one that went over a connection of before.
  [[nodiscard]] long connections() const noexcept;

  /// Why the transfer was given up on this side: the error of a callback, a stop or a stall.
  [[nodiscard]] std::optional<error> const& failure() const noexcept { return failure_; }
  /// @return the error itself
  error const& give_up(error why) { return failure_.emplace(std::move(why)); }
  /// Runs a callback's work; what it throws or returns as an error ends the transfer.
  template <class Work>
  bool guarded(Work const& work) noexcept;
  /// The error of a transfer that ended with that CURLcode.
  [[nodiscard]] error ended_with(int code) const;

 private:
  template <class Value>
  void set(int option, Value value);
  void set_connection();
  void set_trust();
  void set_route();
  [[nodiscard]] result<void> set_fields(http_request const& request, std::uint64_t body_size);
  [[nodiscard]] result<void> set_method(std::string const& method, http_body const* body);
  [[nodiscard]] result<void> set_body(http_body const& body);

  // What libcurl calls; `self` is the handle's owner.
  static std::size_t on_upload(char* buffer, std::size_t, std::size_t size, void* self) noexcept;
  static int on_rewind(void* self, std::int64_t offset, int origin) noexcept;
  [[nodiscard]] int open_socket(int family, int type, int protocol, void const* address) noexcept;

  std::shared_ptr<curl_share> share_;
  void* handle_;                  ///< CURL
  std::array<char, 256> says_{};  ///< curl's words on an error
  std::optional<int> refused_;    ///< CURLcode of the first option libcurl did not take

  std::string url_, host_, origin_;
  void* fields_ = nullptr;  ///< curl_slist
  std::optional<outgoing_body> body_;
  std::string small_body_;
  bool expects_continue_ = false;

  std::optional<error> failure_;
  bool address_refused_ = false;
};

template <class Work>
bool curl_easy::guarded(Work const& work) noexcept {
  try {
    result<void> const r = work();
    if (r) return true;
    failure_ = r.error();
  } catch (std::exception const& e) {
    failure_ = make_error(errc::permanent, std::string{"a transfer was given up: "} + e.what());
  } catch (...) {
    failure_ = make_error(errc::permanent, "a transfer was given up");
  }
  if (failure_->path.empty()) failure_->path = shown_url(url_);
  return false;
}

}  // namespace waybill::inline WAYBILL_ABI::detail

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/curl_easy.ipp>
#endif
