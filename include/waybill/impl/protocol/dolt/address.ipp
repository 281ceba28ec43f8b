#pragma once

#include <waybill/protocol/dolt/address.hpp>

#include <waybill/core/percent.hpp>
#include <waybill/core/shown_url.hpp>

#include <charconv>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline constexpr std::string_view scheme = "dolt://";

inline error bad_address(errc code, std::string detail, std::string_view text) {
  return make_error(code, std::move(detail), shown_url(text));
}

inline bool holds_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

/// Reads what stands before the `@`; false for a password.
inline bool take_user(std::string_view& authority, server_address& out) {
  auto const at = authority.rfind('@');
  if (at == std::string_view::npos) return true;
  auto const user = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  if (user.find(':') != std::string_view::npos) return false;
  if (!user.empty()) out.user = percent_decoded(user);
  return true;
}

/// Reads host and port; false for a port that is none.
inline bool take_host(std::string_view authority, server_address& out) {
  auto const bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  auto const colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  auto const host = authority.substr(0, colon);
  out.host = bracket == std::string_view::npos ? host : host.substr(1, bracket - 1);
  if (colon == std::string_view::npos) return true;
  auto const text = authority.substr(colon + 1);
  auto const read = std::from_chars(text.data(), text.data() + text.size(), out.port);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && out.port != 0;
}

inline result<server_address> parse_server(std::string_view text) {
  auto const rest = text.substr(scheme.size());
  auto authority = rest.substr(0, rest.find('/'));
  auto const path = rest.substr(authority.size());
  server_address out;
  if (!take_user(authority, out))
    return bad_address(
        errc::usage,
        std::string{"a password does not belong in the name of a database; leave it out and set "} + password_variable,
        text);
  if (rest.find_first_of("?#") != std::string_view::npos)
    return bad_address(errc::usage, "it takes no parameters; write dolt://user@host:port/database", text);
  if (!take_host(authority, out))
    return bad_address(errc::malformed_url, "its port is not a number from 1 to 65535", text);
  if (!path.empty()) out.database = percent_decoded(path.substr(1));
  if (out.host.empty() || out.database.empty() || out.database.find('/') != std::string::npos)
    return bad_address(errc::usage, "write the host and one database: dolt://user@host:port/database", text);
  // Words that begin with a dash would be options of dolt.
  for (auto const* word : {&out.user, &out.host, &out.database})
    if (holds_nul(*word) || word->starts_with('-'))
      return bad_address(errc::usage, "no user, host or database is named like that", text);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<database_address> parse_address(std::string_view text) {
  database_address out;
  if (text.empty() || detail::holds_nul(text))
    return make_error(errc::usage, "a database is named by its directory, or as dolt://user@host:port/database");
  if (!text.starts_with(detail::scheme)) {
    out.directory = text;
    return out;
  }
  auto server = detail::parse_server(text);
  if (!server) return server.error();
  out.server = std::move(*server);
  return out;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI
