#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/client.hpp>
#include <waybill/http/curl_options.hpp>
#include <waybill/http/message.hpp>

#include <memory>
#include <stop_token>

namespace waybill::inline WAYBILL_ABI {

namespace detail {
class curl_pool;
}  // namespace detail

/** HTTP/1.1 and HTTP/2 over libcurl: needs `waybill::transport`.

    Every call is a transfer of its own on the caller's thread, over a connection that an earlier one left open where
    there is one. N threads make N transfers at once; the client has no threads and keeps no bytes beyond one receive
    buffer each. Redirects are not followed, bodies are not decompressed, paths are sent as they stand. A request on a
    connection that the server has closed in the meantime, before a byte of answer came, is sent again on a new one.
    A stop request ends a waiting transfer at once.
    @threads `send` may be called from many threads at once; an answer belongs to one at a time and may outlive the
    client */
class curl_client final : public any_http_client {
 public:
  explicit curl_client(curl_options options = {});
  ~curl_client() override;
  curl_client(curl_client&&) noexcept;
  curl_client& operator=(curl_client&&) noexcept;

  /// As the concept http_client says; errc::permanent also for a head larger than `max_head_size`.
  [[nodiscard]] result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                                            std::stop_token const& stop) override;

 private:
  std::shared_ptr<detail::curl_pool> pool_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/curl.ipp>
#endif
