#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** An absolute http or https URL, cut into parts that are kept as they stand.
    @lifetime views into the text that was split */
struct http_url {
  bool tls = false;        ///< https
  std::string_view host;   ///< without the port; an IPv6 address in its brackets
  std::uint16_t port = 0;  ///< the one that is used: 80 or 443 where the URL names none
  std::string_view path;   ///< empty, or from its first `/` on; percent-encoded
  std::string_view query;  ///< behind the first `?`, percent-encoded; empty for none

  /// What the `Host` field says: without the port where it is the scheme's own.
  [[nodiscard]] std::string host_field() const;
  /// Scheme, host in lower case and port, always with it: equal where the same server is asked. @format RFC 6454
  /// section 4
  [[nodiscard]] std::string origin() const;
};

/** Splits an absolute http or https URL; a fragment is dropped.
    @errors errc::malformed_url: another scheme, no host, a user name or password, a port that is none
    @format RFC 3986 section 3, RFC 9110 section 4.2 */
[[nodiscard]] WAYBILL_DECL result<http_url> split_http_url(std::string_view url);

/// One parameter of a query, decoded.
struct query_parameter {
  std::string name;
  std::string value;  ///< empty also for a name without `=`

  friend bool operator==(query_parameter const&, query_parameter const&) = default;
  friend auto operator<=>(query_parameter const&, query_parameter const&) = default;
};

/// The parameters of a query in their order; `+` is a space, empty ones (`a&&b`) are left out.
[[nodiscard]] WAYBILL_DECL std::vector<query_parameter> parse_query(std::string_view query);

/// A query of parameters in their order, each as `name=value`, percent-encoded (a space as `%20`).
[[nodiscard]] WAYBILL_DECL std::string format_query(std::vector<query_parameter> const& parameters);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/url.ipp>
#endif
