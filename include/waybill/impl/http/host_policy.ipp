#pragma once

#include <waybill/http/host_policy.hpp>

#include <waybill/core/shown_url.hpp>
#include <waybill/http/url.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

inline constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Bits at the front that mark a block of addresses.
struct ip_block {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;

  bool holds(std::uint8_t const* bytes) const noexcept {
    unsigned const whole = bits / 8;
    if (!std::equal(prefix.begin(), prefix.begin() + whole, bytes)) return false;
    auto const mask = static_cast<std::uint8_t>(0xff00U >> bits % 8);
    return bits % 8 == 0 || ((prefix[whole] ^ bytes[whole]) & mask) == 0;
  }
};

inline constexpr ip_block closed_ipv4[] = {
    {{0}, 8},              // this network
    {{10}, 8},             // private
    {{100, 64}, 10},       // shared by a provider's customers
    {{127}, 8},            // loopback
    {{169, 254}, 16},      // link-local, and the metadata of cloud machines
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays, given up
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // measurements inside networks
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 4},            // multicast
    {{240}, 4},            // reserved, and broadcast
};

/// Everything else of IPv6 is this host, private, link-local, multicast or unassigned.
inline constexpr ip_block global_unicast{{0x20}, 3};

inline constexpr ip_block closed_ipv6[] = {
    {{0x20, 0x01}, 23},              // protocol assignments, with Teredo, which carries IPv4 scrambled
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff}, 20},              // documentation
};

/// IPv6 blocks that carry an IPv4 address, and where in it.
struct ipv4_carrier {
  ip_block block;
  unsigned at;
};
inline constexpr ipv4_carrier ipv4_carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},  // mapped
    {{{0}, 96}, 12},                                         // compatible, given up; with :: and ::1
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12},        // translated
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},                    // NAT64
    {{{0x20, 0x02}, 16}, 2},                                 // 6to4
};

/// One number of inet_aton's: decimal, `0` octal or `0x` hexadecimal.
inline std::optional<std::uint64_t> parse_aton_number(std::string_view text) noexcept {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
    if (text.empty()) return 0;  // some resolvers take a bare `0x` for zero
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

inline std::optional<std::uint32_t> parse_aton(std::string_view text) noexcept {
  std::uint64_t address = 0;
  for (int parts = 1;; ++parts) {
    auto const dot = text.find('.');
    auto const value = parse_aton_number(text.substr(0, dot));
    if (!value || parts > 4) return std::nullopt;
    if (dot == std::string_view::npos) {  // the last number fills what is left
      int const bits = 8 * (5 - parts);
      if (*value >> bits != 0) return std::nullopt;
      return static_cast<std::uint32_t>(address << bits | *value);
    }
    if (*value > 255) return std::nullopt;
    address = address << 8 | *value;
    text.remove_prefix(dot + 1);
  }
}

inline bool is_local_name(std::string_view name) noexcept {
  return name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain" ||
         name == "localhost6" || name == "ip6-localhost" || name == "ip6-loopback";
}

/// Only letters that a look-up takes as they are: no percent-encoding, which clients undo, and nothing beyond ASCII,
/// which they map (a fullwidth digit to a digit). An underscore is against the rules, and used.
inline bool is_plain_host(std::string_view host) noexcept {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_';
  });
}

WAYBILL_DECL std::string comparable_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string out{host};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace detail

WAYBILL_DECL std::optional<ip_address> ip_from_bytes(std::span<std::uint8_t const> bytes) noexcept {
  ip_address out;
  if (bytes.size() == 4) {
    std::ranges::copy(detail::mapped_prefix, out.bytes.begin());
    std::ranges::copy(bytes, out.bytes.begin() + 12);
  } else if (bytes.size() == 16) {
    std::ranges::copy(bytes, out.bytes.begin());
  } else {
    return std::nullopt;
  }
  return out;
}

WAYBILL_DECL std::optional<ip_address> parse_ip(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.find('\0') != std::string_view::npos) return std::nullopt;
  if (host.find(':') != std::string_view::npos) {
    ip_address out;
    if (::inet_pton(AF_INET6, std::string{host}.c_str(), out.bytes.data()) != 1) return std::nullopt;
    return out;
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  auto const v4 = detail::parse_aton(host);
  if (!v4) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(*v4 >> (24 - 8 * i));
  return ip_from_bytes(bytes);
}

WAYBILL_DECL bool is_public_address(ip_address const& address) noexcept {
  auto const* const bytes = address.bytes.data();
  auto const open = [](auto const& closed, std::uint8_t const* at) {
    return std::ranges::none_of(closed, [at](detail::ip_block const& block) { return block.holds(at); });
  };
  for (auto const& carrier : detail::ipv4_carriers)
    if (carrier.block.holds(bytes)) return open(detail::closed_ipv4, bytes + carrier.at);
  return detail::global_unicast.holds(bytes) && open(detail::closed_ipv6, bytes);
}

WAYBILL_DECL host_policy& host_policy::allow(std::string_view host) {
  if (auto const address = parse_ip(host)) addresses_.push_back(*address);
  else names_.push_back(detail::comparable_host(host));
  return *this;
}

WAYBILL_DECL bool host_policy::trusts(std::string_view host) const {
  if (auto const address = parse_ip(host)) return std::ranges::find(addresses_, *address) != addresses_.end();
  return std::ranges::find(names_, detail::comparable_host(host)) != names_.end();
}

WAYBILL_DECL bool host_policy::permits(std::string_view host, ip_address const& address) const {
  return is_public_address(address) || trusts(host) || std::ranges::find(addresses_, address) != addresses_.end();
}

WAYBILL_DECL result<void> host_policy::check_url(std::string_view url) const {
  auto const parts = split_http_url(url);
  if (!parts) return parts.error();
  auto const address = parse_ip(parts->host);
  if (!address && !detail::is_plain_host(parts->host))
    return make_error(errc::malformed_url, "the host is not a plain name or address", shown_url(url));
  bool const local =
      address ? !is_public_address(*address) : detail::is_local_name(detail::comparable_host(parts->host));
  if (!local || trusts(parts->host)) return {};
  return make_error(errc::foreign_location,
                    "this host or a private network; name the host as allowed if it is meant to be asked",
                    shown_url(url));
}

}  // namespace waybill::inline WAYBILL_ABI
