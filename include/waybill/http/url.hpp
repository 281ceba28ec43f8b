#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What happens to `/` in a text that is percent-encoded.
enum class url_slash {
  keep,   ///< for a path or an object's key
  encode  ///< for a name or value of a query
};

/** A text with every byte outside `A-Za-z0-9-._~` as `%XX` in upper case, which is what AWS signatures demand.
    @format RFC 3986 section 2.1; AWS General Reference, Signature Version 4, UriEncode */
[[nodiscard]] WAYBILL_DECL std::string url_encode(std::string_view text, url_slash slash);

/** The bytes a percent-encoded text stands for; a `%` without two hex digits stays what it is.
    @param plus_is_space  true for a query in the form of HTML forms */
[[nodiscard]] WAYBILL_DECL std::string url_decode(std::string_view text, bool plus_is_space = false);

/// One parameter of a query, encoded as it stands there; a parameter without `=` has an empty value.
struct query_parameter {
  std::string name;
  std::string value;

  friend bool operator==(query_parameter const&, query_parameter const&) = default;
  friend auto operator<=>(query_parameter const&, query_parameter const&) = default;
};

/** An absolute http or https URL, cut into parts that are kept as they stand.
    @lifetime views into the text that was split */
struct split_http_url {
  bool tls = false;             ///< https
  std::string_view host;        ///< without a port; an IPv6 address in its brackets
  std::uint16_t port = 0;       ///< the one that is used: 80 or 443 where the URL names none
  std::string_view path;        ///< empty, or from its first `/` on
  std::string_view query;       ///< behind the first `?`; empty for none

  /// What the `Host` field says: the port is left out where it is the scheme's own.
  [[nodiscard]] WAYBILL_DECL std::string host_field() const;
  [[nodiscard]] bool has_default_port() const noexcept { return port == (tls ? 443 : 80); }
};

/** Splits an absolute http or https URL; a fragment is dropped.
    @errors errc::malformed_url: another scheme, no host, a user name or password, a port that is none
    @format RFC 3986 section 3 */
[[nodiscard]] WAYBILL_DECL result<split_http_url> split_url(std::string_view url);

/// The parameters of a query in their order, empty ones (`a&&b`) left out; names and values decoded, `+` as a space.
[[nodiscard]] WAYBILL_DECL std::vector<query_parameter> parse_query(std::string_view query);

/// A query of parameters in their order, each `name=value`, encoded. @format RFC 3986 section 3.4
[[nodiscard]] WAYBILL_DECL std::string format_query(std::vector<query_parameter> const& parameters);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/url.ipp>
#endif
