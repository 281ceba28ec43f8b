#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// The environment variable that holds the password for a server: Dolt's own name for it.
inline constexpr char const* password_variable = "DOLT_CLI_PASSWORD";

/// A Dolt server and the database on it.
struct server_address {
  std::string user = "root";
  std::string host{};
  std::uint16_t port = 3306;
  std::string database{};
  friend bool operator==(server_address const&, server_address const&) = default;
};

/// Where a database is: on a server, else in a directory.
struct database_address {
  std::string directory{};  ///< which holds `.dolt`; empty for a server
  std::optional<server_address> server{};
  friend bool operator==(database_address const&, database_address const&) = default;
};

/** Reads `dolt://[user@]host[:port]/database`; every other text is a directory.

    User and database may be percent-encoded; an IPv6 address stands in brackets.
    @errors errc::usage for an empty text, a password in it (the message does not show it), a query or fragment, and
            where host or database are missing; errc::malformed_url for a port that is none */
[[nodiscard]] WAYBILL_DECL result<database_address> parse_address(std::string_view text);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/address.ipp>
#endif
