#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/host_policy.hpp>
#include <waybill/http/message.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// How far redirects are followed.
struct redirect_options {
  unsigned most = 5;                   ///< requests after the first one
  host_policy const* hosts = nullptr;  ///< asked about every URL that is led to; null: all are let through
  std::string* answered = nullptr;     ///< gets the URL whose answer it is; may be null
};

/** The absolute URL of a reference found in an answer to `base`; fragments are dropped.
    @errors errc::malformed_url for what leads to no http or https URL, or holds a user name or password
    @format RFC 3986 section 5.2 */
[[nodiscard]] WAYBILL_DECL result<std::string> resolve_reference(std::string_view base, std::string_view reference);

/** The request that an answer leads to, or nothing where it is no redirect that may be followed by itself.

    GET and HEAD follow 301, 302, 303, 307 and 308 with their method; any other method follows only 303, as a GET
    without body. To another origin (scheme, host or port) go no field marked secret, and none of Authorization,
    Proxy-Authorization, Cookie, X-API-Key, X-Amz-Security-Token and Host.
    @errors errc::malformed_url of resolve_reference; errc::refused from https to http
    @format RFC 9110 sections 15.4 and 10.2.2 */
[[nodiscard]] WAYBILL_DECL result<std::optional<http_request>> redirected(http_request const& request, int status,
                                                                          header_list const& headers);

namespace detail {
/// Reads what little body a redirect has, so that its connection can be used again.
WAYBILL_DECL void finish_redirect(http_response& response);
[[nodiscard]] WAYBILL_DECL error too_many_redirects(unsigned most, std::string_view url);
}  // namespace detail

/** Sends a request without body and follows where its answers lead.
    @return the last answer, which may be a redirect that is not followed by itself
    @errors of `send` and of `redirected`; errc::foreign_location of the host policy; errc::permanent after too many */
template <http_client C>
[[nodiscard]] result<std::unique_ptr<http_response>> send_following(C& client, http_request request,
                                                                    std::stop_token const& stop,
                                                                    redirect_options const& options = {}) {
  for (unsigned followed = 0;; ++followed) {
    if (options.answered != nullptr) *options.answered = request.url;
    result<std::unique_ptr<http_response>> response = client.send(request, nullptr, stop);
    if (!response) return response;
    auto next = redirected(request, (*response)->status(), (*response)->headers());
    if (!next) return next.error();
    if (!*next) return response;
    if (followed == options.most) return detail::too_many_redirects(options.most, request.url);
    if (options.hosts != nullptr)
      if (auto const permitted = options.hosts->check_url((*next)->url); !permitted) return permitted.error();
    detail::finish_redirect(**response);
    request = std::move(**next);
  }
}

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/redirect.ipp>
#endif
