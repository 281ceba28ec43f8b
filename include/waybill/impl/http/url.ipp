#pragma once

#include <waybill/http/url.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/core/shown_url.hpp>

#include <algorithm>
#include <charconv>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// The scheme's length with `://`, or 0; schemes compare without regard to case.
inline std::size_t http_scheme_length(std::string_view url, bool& tls) noexcept {
  auto const is = [&](std::string_view scheme) {
    return url.size() >= scheme.size() && std::ranges::equal(url.substr(0, scheme.size()), scheme, [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
  };
  tls = is("https://");
  return tls ? 8 : is("http://") ? 7 : 0;
}

/// The port behind a host; false where there is one that is none.
inline bool read_port(std::string_view text, std::uint16_t& port) noexcept {
  if (text.empty()) return true;
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  if (text.empty()) return true;  // RFC 3986 section 3.2.3 allows `host:`
  auto const read = std::from_chars(text.data(), text.data() + text.size(), port);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && port != 0;
}

}  // namespace detail

WAYBILL_DECL std::string http_url::host_field() const {
  std::string out{host};
  if (port != (tls ? 443 : 80)) out.append(":").append(std::to_string(port));
  return out;
}

WAYBILL_DECL std::string http_url::origin() const {
  std::string out = tls ? "https://" : "http://";
  for (char const c : host) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out.append(":").append(std::to_string(port));
}

WAYBILL_DECL result<http_url> split_http_url(std::string_view url) {
  auto const refuse = [&](std::string detail) {
    return make_error(errc::malformed_url, std::move(detail), shown_url(url));
  };
  http_url out;
  auto const scheme = detail::http_scheme_length(url, out.tls);
  if (scheme == 0) return refuse("not an absolute http or https URL; write https://host/path");
  auto rest = url.substr(scheme);
  rest = rest.substr(0, rest.find('#'));
  auto authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return refuse("a URL with a user name or password; give credentials another way");
  auto const bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  auto const colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  out.host = authority.substr(0, colon);
  if (out.host.empty() || out.host.starts_with('[') != out.host.ends_with(']')) return refuse("a URL without a host");
  out.port = out.tls ? 443 : 80;
  if (!detail::read_port(authority.substr(out.host.size()), out.port))
    return refuse("a URL whose port is not a number from 1 to 65535");
  auto const mark = rest.find('?');
  out.path = rest.substr(0, mark);
  if (mark != std::string_view::npos) out.query = rest.substr(mark + 1);
  return out;
}

WAYBILL_DECL std::vector<query_parameter> parse_query(std::string_view query) {
  std::vector<query_parameter> out;
  while (!query.empty()) {
    auto const field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    if (field.empty()) continue;
    auto const equals = field.find('=');
    out.push_back({percent_decoded(field.substr(0, equals), true),
                   equals == std::string_view::npos ? std::string{} : percent_decoded(field.substr(equals + 1), true)});
  }
  return out;
}

WAYBILL_DECL std::string format_query(std::vector<query_parameter> const& parameters) {
  std::string out;
  for (auto const& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    append_percent_encoded(out, name, percent_part::component);
    append_percent_encoded(out += '=', value, percent_part::component);
  }
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI
