#include "common/client.hpp"

#include <waybill/scan/file.hpp>

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

std::function<result<void>(std::chrono::milliseconds)> sleep_until(std::stop_token stop) {
  return [stop](std::chrono::milliseconds wait) -> result<void> {
    std::mutex mutex;
    std::unique_lock lock{mutex};
    std::condition_variable_any wake;
    wake.wait_for(lock, stop, wait, [] { return false; });
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped on request; repeat the command to go on");
    return {};
  };
}

waybill::retry_policy patience(std::stop_token const& stop, unsigned attempts) {
  waybill::retry_policy policy{.attempts = attempts, .jitter = random_share};
  policy.sleep = sleep_until(stop);
  return policy;
}

result<std::string> read_token(std::optional<std::string> const& file, char const* variable) {
  if (!file) return environment(variable).value_or("");
  auto text = waybill::read_file(*file == "-" ? "/dev/stdin" : *file, std::size_t{1} << 16);
  if (!text) return text.error();
  text->erase(text->find_last_not_of(" \t\r\n") + 1);
  return text;
}

}  // namespace waybill_cli
