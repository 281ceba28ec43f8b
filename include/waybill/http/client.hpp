#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/// A request's body: bytes of known number that can be read anew.
struct http_body {
  std::uint64_t size = 0;  ///< bytes
  std::function<result<std::unique_ptr<byte_source>>()> open;
};

/// A body that lies in memory. @lifetime refers to the text
[[nodiscard]] WAYBILL_DECL http_body body_of(std::string_view text);

/** An answer whose head has arrived; its body is read from it.

    A body that ends early fails, it never looks complete: errc::temporary. Giving up on it half-way is allowed.
    @threads one at a time
*/
class http_response : public byte_source {
 public:
  /// As the server sent it; redirects are answers like any other.
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] header_list const& headers() const noexcept { return headers_; }

 protected:
  http_response() = default;
  int status_ = 0;
  header_list headers_;
};

/** Sends one request and gives the answer as soon as its head is there.

    `send(request, body, stop)`: `body` is null for none, and is read while the call lasts. Any status is an answer, not
    an error; redirects are not followed, nothing is repeated.
    Errors: errc::temporary for what may work the next time (no connection, reset, stall); errc::permanent (TLS, a name
    that does not exist, an answer that is not HTTP); errc::foreign_location for an address the client's policy refuses;
    errc::usage and malformed_url of check_request; errc::interrupted; what reading the body said.
    May be called from many threads at once: each call is a transfer of its own.
*/
template <class C>
concept http_client = requires(C& c, http_request const& request, http_body const* body, std::stop_token const& stop) {
  { c.send(request, body, stop) } -> std::same_as<result<std::unique_ptr<http_response>>>;
};

/// A client whose type is forgotten, for what is compiled once.
class any_http_client {
 public:
  virtual ~any_http_client() = default;
  [[nodiscard]] virtual result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                                                    std::stop_token const& stop) = 0;
};
static_assert(http_client<any_http_client>);

/// The rest of an answer's body. @errors errc::too_large beyond `max_bytes`; as reading says
[[nodiscard]] WAYBILL_DECL result<std::string> read_body(http_response& response, std::uint64_t max_bytes);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/client.ipp>
#endif
