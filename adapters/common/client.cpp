#include "common/client.hpp"

#include <condition_variable>
#include <mutex>
#include <random>
#include <string>

#include "common/settings.hpp"

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

double random_share() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

}  // namespace

waybill::proxy_settings proxies_here() {
  return waybill::proxies_of_environment([](std::string_view name) { return environment(std::string{name}.c_str()); });
}

waybill::retry_policy patience(std::stop_token const& stop, unsigned attempts) {
  waybill::retry_policy policy{.attempts = attempts, .jitter = random_share};
  policy.sleep = [stop](std::chrono::milliseconds wait) -> result<void> {
    std::mutex mutex;
    std::unique_lock lock{mutex};
    std::condition_variable_any wake;
    wake.wait_for(lock, stop, wait, [] { return false; });
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped on request; repeat the command to go on");
    return {};
  };
  return policy;
}

}  // namespace waybill_cli
