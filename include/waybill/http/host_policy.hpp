#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** An address of IPv4 or IPv6. IPv4 is kept in its mapped form, `::ffff:a.b.c.d`, so that the two spellings are equal.
    @format RFC 4291 section 2.5.5.2 */
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};  ///< network order

  friend bool operator==(ip_address const&, ip_address const&) = default;
};

/// An IPv4 address of its four bytes, or an IPv6 address of its sixteen; nothing for other lengths.
[[nodiscard]] WAYBILL_DECL std::optional<ip_address> ip_from_bytes(std::span<std::uint8_t const> bytes) noexcept;

/** The address a URL's host stands for without any look-up; nothing for a name.
    @param host  an IPv6 address with or without brackets, or IPv4 in every form that inet_aton takes: one to four
                 numbers, decimal, octal or hexadecimal (`127.1`, `0x7f.1`, `2130706433`); one dot at the end is ignored
    @format POSIX inet_addr; RFC 3986 section 7.4 warns of these forms */
[[nodiscard]] WAYBILL_DECL std::optional<ip_address> parse_ip(std::string_view host);

/** True for an address anybody may be sent to: not this host, private, link-local (where cloud machines find their
    credentials), shared, reserved, for documentation, or multicast; nor an IPv6 form that carries such an IPv4 address.
    @format IANA's special-purpose registries (RFC 6890); RFC 1918, 4193, 6598; forms: RFC 4291, 6052 (NAT64), 3056
    (6to4) */
[[nodiscard]] WAYBILL_DECL bool is_public_address(ip_address const& address) noexcept;

/** Which hosts a URL from elsewhere, a downloaded manifest or a redirect, may lead to.

    By itself: every public one. What the user trusts is named with `allow`. A name is judged twice: as text, before
    anything is sent, and by every address a connection is made to, so that what a name resolves to cannot go round it.
    @threads const members may be called concurrently */
class host_policy {
 public:
  /// Lets through one host: a name as URLs have it, or an address in any spelling; regardless of the port.
  host_policy& allow(std::string_view host);

  /// True for a host that was allowed by name or address.
  [[nodiscard]] bool trusts(std::string_view host) const;
  /** Judges a URL by its text.
      @errors errc::malformed_url as split_http_url; errc::foreign_location for `localhost` and addresses that are not
      public */
  [[nodiscard]] result<void> check_url(std::string_view url) const;
  /// True when a connection to `address` may be made for a URL with that host.
  [[nodiscard]] bool permits(std::string_view host, ip_address const& address) const;

 private:
  std::vector<std::string> names_;
  std::vector<ip_address> addresses_;
};

namespace detail {
/// Lower case, no dot at the end: how names of hosts are compared.
[[nodiscard]] WAYBILL_DECL std::string comparable_host(std::string_view host);
}  // namespace detail

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/host_policy.ipp>
#endif
