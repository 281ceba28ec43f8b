#pragma once

#include <waybill/config.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Which proxy a URL is asked through; none by default.
    @format a proxy is `[scheme://][user:password@]host[:port]` with the schemes libcurl knows (http, https, socks5h, …)
    */
struct proxy_settings {
  std::string http;   ///< for http URLs; empty: none
  std::string https;  ///< for https URLs; empty: none
  /// Hosts that are asked directly, separated by commas or blanks: a name stands for itself and all below it, a dot at
  /// its front means nothing; addresses, blocks (`10.0.0.0/8`) and `*` for every host.
  std::string except;

  friend bool operator==(proxy_settings const&, proxy_settings const&) = default;
};

/** What the environment says, read as libcurl does: `http_proxy` in lower case only, since a web server may set the
    upper-case one from a request's header (CVE-2016-5385); `https_proxy`, `all_proxy` and `no_proxy` in lower, then in
    upper case.
    @param variable  the value of an environment variable, or nothing; called from here only */
[[nodiscard]] WAYBILL_DECL proxy_settings
proxies_of_environment(std::function<std::optional<std::string>(std::string_view name)> const& variable);

/// The proxy for an http or https URL, empty for none. @format `except` as CURLOPT_NOPROXY of libcurl 7.86 and later
[[nodiscard]] WAYBILL_DECL std::string proxy_for(proxy_settings const& settings, std::string_view url);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/proxy.ipp>
#endif
