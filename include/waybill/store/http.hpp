#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/redirect.hpp>
#include <waybill/store/concepts.hpp>
#include <waybill/store/transfer.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// A place on the web that objects are read from.
struct http_store_options {
  std::string base;       ///< http or https URL that keys are appended to, without a query
  header_list headers{};  ///< sent along; fields marked secret go to no other origin
  redirect_options redirects{};
  std::stop_token stop{};  ///< ends what is under way with errc::interrupted
};

namespace detail {

/// The request for a part of what a URL names. @param version  of http_store::open_url
[[nodiscard]] WAYBILL_DECL http_request part_request(http_store_options const& options, std::string_view url,
                                                     byte_range range, std::optional<std::string> const& version);
/// What an answer to HEAD, or to GET of the first byte, says of the whole. @errors status_error's; errc::unsupported
[[nodiscard]] WAYBILL_DECL result<object_info> accept_http_head(http_response const& response, std::string_view url);
/// The bytes of a range in an answer, also of a server that sends everything. @errors status_error's;
/// errc::source_changed
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<byte_source>> accept_http_part(
    std::unique_ptr<http_response> response, std::string_view url, byte_range range,
    std::optional<std::string> const& version);
/// True for a status that means that HEAD is not answered here: presigned URLs are good for one method.
[[nodiscard]] WAYBILL_DECL bool asks_for_get(int status) noexcept;
/// A base that ends with a slash. @errors errc::malformed_url
[[nodiscard]] WAYBILL_DECL result<std::string> http_base(std::string_view text);
[[nodiscard]] WAYBILL_DECL std::string http_object_url(std::string_view base, std::string_view key);

}  // namespace detail

/** Objects behind http and https URLs, to be read only. Redirects are followed as `redirect_options` say.

    The version of an object is its strong ETag, else its `Last-Modified`; with one of them, a read that goes on in the
    middle asks for the rest of that version (`If-Range`) and fails if there is another by now. A server that knows no
    ranges sends everything, and what was not asked for is dropped. There is no listing.
    @errors errc::object_not_found, denied, temporary, permanent as status_error says; source_changed; unsupported for a
            listing and for an object whose size the server does not tell; the client's
    @threads all members may be called concurrently
    @format  RFC 9110 sections 8.8, 13.1.5 and 14
*/
template <http_client C>
class http_store {
 public:
  /// @errors errc::malformed_url for a base that is none
  [[nodiscard]] static result<http_store> create(std::shared_ptr<C> client, http_store_options options) {
    auto base = detail::http_base(options.base);
    if (!base) return base.error();
    options.base = std::move(*base);
    return http_store{std::move(client), std::move(options)};
  }

  [[nodiscard]] result<object_info> head(std::string_view key) const {
    if (auto const safe = check_store_key(key); !safe) return safe.error();
    auto info = head_url(detail::http_object_url(options_->base, key));
    if (info) info->key = std::string{key};
    return info;
  }
  [[nodiscard]] result<std::unique_ptr<byte_source>> open(std::string_view key, byte_range range = {}) const {
    if (auto const safe = check_store_key(key); !safe) return safe.error();
    return open_url(detail::http_object_url(options_->base, key), {}, range);
  }
  [[nodiscard]] result<void> list(std::string_view, object_visitor const&) const {
    return make_error(errc::unsupported, "the web has no listings; name the objects that are wanted", options_->base);
  }
  [[nodiscard]] physical_key url(std::string_view key) const {
    return physical_key::parse(detail::http_object_url(options_->base, key)).value();
  }
  [[nodiscard]] std::optional<std::string> local_file(std::string_view) const { return std::nullopt; }

  /// As head, of any URL, which is also the key of what is returned.
  [[nodiscard]] result<object_info> head_url(std::string_view url) const {
    auto request = detail::part_request(*options_, url, {}, {});
    request.method = "HEAD";
    auto response = send(std::move(request));
    if (response && detail::asks_for_get((*response)->status()))
      response = send(detail::part_request(*options_, url, {0, 1}, {}));
    if (!response) return response.error();
    return detail::accept_http_head(**response, url);
  }
  /// As open, of any URL. @param version  as head gives it: other bytes are errc::source_changed; empty: any
  [[nodiscard]] result<std::unique_ptr<byte_source>> open_url(std::string_view url,
                                                              std::optional<std::string> const& version,
                                                              byte_range range = {}) const {
    bool const nothing = range.length && *range.length == 0;
    auto response = send(detail::part_request(*options_, url, nothing ? byte_range{0, 1} : range, version));
    if (!response) return response.error();
    return detail::accept_http_part(std::move(*response), url, range, version);
  }

 private:
  http_store(std::shared_ptr<C> client, http_store_options options)
      : client_{std::move(client)}, options_{std::make_shared<http_store_options const>(std::move(options))} {}
  [[nodiscard]] result<std::unique_ptr<http_response>> send(http_request request) const {
    return send_following(*client_, std::move(request), options_->stop, options_->redirects);
  }

  std::shared_ptr<C> client_;
  std::shared_ptr<http_store_options const> options_;
};
static_assert(object_source<http_store<any_http_client>>);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/http.ipp>
#endif
