#pragma once

#include <waybill/http/proxy.hpp>
#include <waybill/http/retry.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace waybill_cli {

/// The proxies that the environment names, as libcurl's users expect.
[[nodiscard]] waybill::proxy_settings proxies_here();

/// Waits, and ends with errc::interrupted at once when a stop is requested.
[[nodiscard]] std::function<waybill::result<void>(std::chrono::milliseconds)> sleep_until(std::stop_token stop);

/// What fails in passing is repeated with growing waits of random length, which a stop ends.
/// @param attempts  in total
[[nodiscard]] waybill::retry_policy patience(std::stop_token const& stop, unsigned attempts);

/// A platform's token: what a file holds, `-` being standard input, else an environment variable; empty for none.
[[nodiscard]] waybill::result<std::string> read_token(std::optional<std::string> const& file, char const* variable);

}  // namespace waybill_cli
