#pragma once

#include <waybill/http/proxy.hpp>

#include <waybill/http/host_policy.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <charconv>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// True when the first `bits` of two addresses are the same.
inline bool same_front(ip_address const& a, ip_address const& b, unsigned bits) noexcept {
  for (unsigned i = 0; i < 16 && bits > 0; ++i) {
    unsigned const here = std::min(bits, 8U);
    if (((a.bytes[i] ^ b.bytes[i]) & (0xff00U >> here & 0xffU)) != 0) return false;
    bits -= here;
  }
  return true;
}

inline bool exception_holds_address(std::string_view exception, ip_address const& address) {
  auto const slash = exception.find('/');
  auto const base = parse_ip(exception.substr(0, slash));
  if (!base) return false;
  unsigned bits = 128;
  if (slash != std::string_view::npos) {
    auto const text = exception.substr(slash + 1);
    auto const read = std::from_chars(text.data(), text.data() + text.size(), bits);
    bool const v4 = exception.substr(0, slash).find(':') == std::string_view::npos;
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || bits > (v4 ? 32U : 128U)) return false;
    if (v4) bits += 96;  // behind the prefix of the mapped form
  }
  return same_front(*base, address, bits);
}

inline bool exception_holds(std::string_view exception, std::string_view host,
                            std::optional<ip_address> const& address) {
  if (exception == "*") return true;
  if (address) return exception_holds_address(exception, *address);
  if (exception.starts_with('.')) exception.remove_prefix(1);
  auto const name = comparable_host(exception);
  if (name.empty() || !host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

}  // namespace detail

WAYBILL_DECL proxy_settings
proxies_of_environment(std::function<std::optional<std::string>(std::string_view name)> const& variable) {
  auto const first = [&](std::string_view lower, std::string_view upper) {
    auto const value = variable(lower);
    return value ? value : variable(upper);
  };
  auto const all = first("all_proxy", "ALL_PROXY").value_or(std::string{});
  return {variable("http_proxy").value_or(all), first("https_proxy", "HTTPS_PROXY").value_or(all),
          first("no_proxy", "NO_PROXY").value_or(std::string{})};
}

WAYBILL_DECL std::string proxy_for(proxy_settings const& settings, std::string_view url) {
  auto const parts = split_http_url(url);
  if (!parts) return {};
  auto const& proxy = parts->tls ? settings.https : settings.http;
  if (proxy.empty()) return {};
  auto const address = parse_ip(parts->host);
  auto const host = detail::comparable_host(parts->host);
  std::string_view rest = settings.except;
  while (!rest.empty()) {
    auto const exception = rest.substr(0, rest.find_first_of(", \t"));
    rest.remove_prefix(std::min(exception.size() + 1, rest.size()));
    if (!exception.empty() && detail::exception_holds(exception, host, address)) return {};
  }
  return proxy;
}

}  // namespace waybill::inline WAYBILL_ABI
