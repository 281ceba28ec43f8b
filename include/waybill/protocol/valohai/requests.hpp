#pragma once

#include <waybill/config.hpp>
#include <waybill/http/message.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** Requests of the platform's API as values.

    Each carries the token, marked as secret: it is never shown and never sent on to another host.
    @format the platform's API v0 as the published programs and valohai-cli use it */
class requests {
 public:
  /// @param base  `https://app.valohai.com/`, with or without the slash at its end
  requests(std::string base, std::string token);

  [[nodiscard]] http_request dataset(std::string_view id) const;
  [[nodiscard]] http_request datasets() const;  ///< the first page of a list
  [[nodiscard]] http_request version(std::string_view id) const;
  [[nodiscard]] http_request versions(std::string_view dataset) const;  ///< the first page of a list
  /// A page of an execution's outputs; `purged` ones are left out.
  [[nodiscard]] http_request outputs(std::string_view execution, std::size_t limit, std::size_t offset) const;
  [[nodiscard]] http_request datum(std::string_view id) const;
  /// Asks where a datum's bytes are.
  [[nodiscard]] http_request download(std::string_view id) const;
  /// Creates a version; its body is `post_body`.
  [[nodiscard]] http_request create_version() const;

 private:
  [[nodiscard]] http_request get(std::string path) const;

  std::string base_;
  std::string token_;
};

/// The same request for another page: the query is replaced.
[[nodiscard]] WAYBILL_DECL http_request with_query(http_request request, std::string_view query);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/requests.ipp>
#endif
