#pragma once

#include <waybill/http/message.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/shown_url.hpp>
#include <waybill/http/url.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// `tchar` of RFC 9110 section 5.6.2.
inline bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_ascii_alphanumeric(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

inline bool has_control(std::string_view text) noexcept {
  return std::ranges::any_of(text,
                             [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

}  // namespace detail

WAYBILL_DECL bool same_header_name(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, detail::ascii_lower, detail::ascii_lower);
}

WAYBILL_DECL std::string const* header_list::find(std::string_view name) const noexcept {
  auto const at = std::ranges::find_if(fields_, [&](auto const& f) { return same_header_name(f.name, name); });
  return at == fields_.end() ? nullptr : &at->value;
}

WAYBILL_DECL void header_list::remove(std::string_view name) {
  std::erase_if(fields_, [&](auto const& f) { return same_header_name(f.name, name); });
}

WAYBILL_DECL void header_list::set(http_header field) {
  auto const at = std::ranges::find_if(fields_, [&](auto const& f) { return same_header_name(f.name, field.name); });
  if (at == fields_.end()) return add(std::move(field));
  auto const rest =
      std::remove_if(std::next(at), fields_.end(), [&](auto const& f) { return same_header_name(f.name, field.name); });
  fields_.erase(rest, fields_.end());
  *at = std::move(field);
}

WAYBILL_DECL void header_list::extend_last(std::string_view text) {
  if (!fields_.empty()) fields_.back().value.append(" ").append(text);
}

WAYBILL_DECL result<void> check_request(http_request const& request) {
  if (!detail::is_token(request.method)) return make_error(errc::usage, "not the name of an HTTP method");
  auto const& url = request.url;
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return make_error(errc::malformed_url, "only http and https URLs are requested", shown_url(url));
  if (std::ranges::any_of(url, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return make_error(errc::malformed_url, "a URL holds no blanks and no control characters; percent-encode them",
                      shown_url(url));
  // Clients differ in what they make of these, so that a check of the host would not be worth anything.
  if (std::ranges::any_of(url, [](char c) { return c == '\\' || static_cast<unsigned char>(c) >= 0x80; }))
    return make_error(errc::malformed_url, "a URL holds only ASCII and no backslash; percent-encode the rest",
                      shown_url(url));
  if (auto const parts = split_http_url(url); !parts) return parts.error();
  for (auto const& field : request.headers) {
    if (!detail::is_token(field.name)) return make_error(errc::usage, "not the name of an HTTP header field");
    if (detail::has_control(field.value))
      return make_error(errc::usage, "header field " + field.name + " would hold a line break or a control character");
  }
  return {};
}

}  // namespace waybill::inline WAYBILL_ABI
