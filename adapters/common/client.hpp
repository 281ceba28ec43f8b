#pragma once

#include <waybill/http/proxy.hpp>
#include <waybill/http/retry.hpp>

#include <stop_token>

namespace waybill_cli {

/// The proxies that the environment names, as libcurl's users expect.
[[nodiscard]] waybill::proxy_settings proxies_here();

/// What fails in passing is repeated with growing waits of random length, which a stop ends.
/// @param attempts  in total
[[nodiscard]] waybill::retry_policy patience(std::stop_token const& stop, unsigned attempts);

}  // namespace waybill_cli
