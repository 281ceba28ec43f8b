#pragma once

#include <waybill/http/redirect.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <array>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// `path` without its `.` and `..` segments. @format RFC 3986 section 5.2.4
inline std::string without_dots(std::string_view path) {
  std::string out;
  bool directory = false;
  while (!path.empty()) {
    auto const segment =
        path.substr(1, path.find('/', 1) == std::string_view::npos ? path.npos : path.find('/', 1) - 1);
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    directory = segment == "." || segment == "..";
    if (segment == "..") out.erase(std::min(out.rfind('/'), out.size()));
    else if (segment != ".") out.append("/").append(segment);
  }
  return directory || out.empty() ? out + '/' : out;
}

/// A colon before the first `/`, `?` or `#` makes a reference absolute.
inline bool has_scheme(std::string_view reference) noexcept {
  auto const colon = reference.find(':');
  return colon != std::string_view::npos && colon < reference.find_first_of("/?#");
}

inline bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

inline bool stays_at_its_origin(http_header const& field) noexcept {
  constexpr std::array<std::string_view, 6> names{"Authorization", "Proxy-Authorization",  "Cookie",
                                                  "X-API-Key",     "X-Amz-Security-Token", "Host"};
  return field.secret || std::ranges::any_of(names, [&](auto name) { return same_header_name(field.name, name); });
}

WAYBILL_DECL void finish_redirect(http_response& response) {
  // What fails here or is longer costs the connection, nothing else.
  static_cast<void>(read_body(response, std::uint64_t{64} << 10));
}

WAYBILL_DECL error too_many_redirects(unsigned most, std::string_view url) {
  return make_error(errc::permanent, "led on more than " + std::to_string(most) + " times; is it a circle?",
                    shown_url(url));
}

}  // namespace detail

WAYBILL_DECL result<std::string> resolve_reference(std::string_view base, std::string_view reference) {
  auto const from = split_http_url(base);
  if (!from) return from.error();
  reference = reference.substr(0, reference.find('#'));
  auto const origin = base.substr(0, base.find_first_of("/?#", from->tls ? 8 : 7));
  auto const mark = std::min(reference.find('?'), reference.size());
  auto const path = reference.substr(0, mark), query = reference.substr(mark);
  std::string target{origin};
  if (detail::has_scheme(reference)) {
    target = reference;
  } else if (reference.starts_with("//")) {
    target = (from->tls ? "https:" : "http:") + std::string{reference};
  } else if (path.starts_with('/')) {
    target += detail::without_dots(path);
    target += query;
  } else if (!path.empty()) {
    auto const directory = from->path.substr(0, from->path.rfind('/') + 1);
    target += detail::without_dots((directory.empty() ? "/" : std::string{directory}) + std::string{path});
    target += query;
  } else {
    target += from->path;
    if (!query.empty()) target += query;
    else if (!from->query.empty()) target.append("?").append(from->query);
  }
  if (auto const parts = split_http_url(target); !parts) return parts.error();
  return target;
}

WAYBILL_DECL result<std::optional<http_request>> redirected(http_request const& request, int status,
                                                            header_list const& headers) {
  auto const* const location = headers.find("Location");
  bool const reads = request.method == "GET" || request.method == "HEAD";
  if (!detail::is_redirect(status) || location == nullptr || (!reads && status != 303))
    return std::optional<http_request>{};
  auto target = resolve_reference(request.url, *location);
  if (!target) return target.error();
  auto const from = split_http_url(request.url), to = split_http_url(*target);
  if (from->tls && !to->tls)
    return make_error(errc::refused, "the answer leads from https to http; ask for the place it leads to yourself",
                      shown_url(*target));
  http_request next{reads ? request.method : "GET", std::move(*target), {}};
  bool const moved = from->origin() != to->origin();
  for (auto const& field : request.headers) {
    bool const of_body = !reads && field.name.size() > 8 && same_header_name(field.name.substr(0, 8), "Content-");
    if (!of_body && !(moved && detail::stays_at_its_origin(field))) next.headers.add(field);
  }
  if (auto const sendable = check_request(next); !sendable) return sendable.error();
  return std::optional<http_request>{std::move(next)};
}

}  // namespace waybill::inline WAYBILL_ABI
