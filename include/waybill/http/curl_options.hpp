#pragma once

#include <waybill/config.hpp>
#include <waybill/http/host_policy.hpp>
#include <waybill/http/proxy.hpp>
#include <waybill/http/token_bucket.hpp>
#include <waybill/version.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** How a curl_client connects and transfers. The environment is not read: neither by the client nor by libcurl for it;
    who wants what libcurl's users expect gives `proxies_of_environment`.

    There is no limit on the time of a whole transfer: a slow one that goes on is fine, one that stands still is not.
*/
struct curl_options {
  std::chrono::milliseconds connect_timeout{15'000};  ///< look-up, TCP, proxy and TLS together
  /// Without a byte in either direction for so long a transfer fails with errc::temporary. Also how long a server may
  /// think before it answers. Time in which nobody reads the answer does not count.
  std::chrono::milliseconds stall_limit{60'000};

  std::string ca_file{};       ///< certificates that are trusted, PEM, instead of the system's; empty: the system's
  std::string ca_directory{};  ///< the same, hashed names (`openssl rehash`)
  bool insecure = false;       ///< any certificate is taken; say so to the user

  proxy_settings proxy{};
  std::string user_agent = "waybill/" WAYBILL_VERSION_STRING;
  /// HTTP/2 over TLS, where the server offers it. Every transfer has a connection of its own, so it gains nothing but
  /// the servers that speak nothing else, and costs about twice the time of the processor.
  bool http2 = false;

  std::uint64_t max_upload_rate = 0;    ///< bytes a second of all transfers together; 0: no limit
  std::uint64_t max_download_rate = 0;  ///< the same
  /// What counts bytes against these rates; clients that are given the same two stay below them together. Null: the
  /// client's own.
  std::shared_ptr<token_bucket> upload_bucket{}, download_bucket{};

  /** Which hosts are asked; empty: all. Behind a proxy a name is judged by its text only: the proxy looks it up. */
  std::optional<host_policy> hosts{};

  std::size_t max_idle_connections = 32;  ///< kept open for the next request; each takes up to three file descriptors
  /// A body of so many bytes or more, and more than 1 MiB, waits up to a second for the server to want it
  /// (`Expect: 100-continue`).
  std::uint64_t expect_continue_from = std::uint64_t{2} << 20;
  std::size_t max_head_size = std::size_t{256} << 10;  ///< bytes of an answer's head, and of its trailers
};

}  // namespace waybill::inline WAYBILL_ABI
