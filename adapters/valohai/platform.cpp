#include "platform.hpp"

#include <waybill/core/in_file.hpp>
#include <waybill/driver/valohai/status.hpp>
#include <waybill/protocol/valohai/execution.hpp>
#include <waybill/scan/file.hpp>

#include <unistd.h>

#include <iterator>

#include "common/client.hpp"

namespace waybill_cli {
namespace valohai = waybill::valohai;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

constexpr std::size_t largest_config = std::size_t{1} << 30;

/// A file's text; empty where there is no such file.
result<std::optional<std::string>> read_optional(std::string const& path) {
  auto text = waybill::read_file(path, largest_config);
  if (!text && text.error().code == waybill::condition::not_found) return std::optional<std::string>{};
  if (!text) return text.error();
  return std::optional{std::move(*text)};
}

std::string directory(char const* variable, std::string_view name) {
  if (auto given = environment(variable)) return *given;
  bool const inside = environment("VH_JOB_ID") || ::access("/valohai", F_OK) == 0;
  return (inside ? "/valohai/" : ".valohai/") + std::string{name};
}

}  // namespace

result<platform> platform::here(context const& world) {
  platform out{world};
  out.config_ = directory("VH_CONFIG_DIR", "config");
  out.inputs_ = directory("VH_INPUTS_DIR", "inputs");
  out.outputs_ = directory("VH_OUTPUTS_DIR", "outputs");
  auto const given = read_optional(out.config("parameters.json"));
  if (!given) return given.error();
  if (*given) {
    auto read = valohai::parameters::parse(**given, out.config("parameters.json"));
    if (!read) return read.error();
    out.parameters_ = std::move(*read);
  }
  auto const about = read_optional(out.config("execution.json"));
  if (!about) return about.error();
  if (*about) {
    auto const read = valohai::read_execution(**about);
    if (!read) return waybill::in_file(read.error(), out.config("execution.json"));
    out.execution_id_ = read->id;
  }
  auto const calls = read_optional(out.config("api.json"));
  if (!calls) return calls.error();
  if (*calls) {
    auto read = valohai::read_platform_calls(**calls);
    if (read) out.calls_ = std::move(*read);
    else world.out.detail("no status is shown: " + waybill::in_file(read.error(), out.config("api.json")).message());
  }
  return out;
}

std::optional<std::string> platform::execution_id() const {
  if (auto given = environment("VH_EXECUTION_ID")) return given;
  return execution_id_.empty() ? std::nullopt : std::optional{execution_id_};
}

result<std::optional<std::string>> platform::inputs_text() const { return read_optional(config("inputs.json")); }

void platform::open_clients(double stall) {
  if (client_) return;
  waybill::curl_options how{.connect_timeout = std::chrono::seconds{5},
                            .stall_limit = std::chrono::milliseconds{static_cast<long long>(stall * 1000)}};
  how.proxy = proxies_here();
  how.ca_file = environment("SSL_CERT_FILE").value_or("");
  client_ = std::make_unique<waybill::curl_client>(how);
  how.max_idle_connections = 0;
  posting_ = std::make_unique<waybill::curl_client>(std::move(how));
}

bool platform::has_token(api_flags const& flags) { return flags.token_file || environment("VH_API_TOKEN"); }

result<valohai::api> platform::open_api(api_flags const& flags) {
  auto token = read_token(flags.token_file, "VH_API_TOKEN");
  if (!token) return token.error();
  if (token->empty())
    return make_error(errc::denied, "no token: set VH_API_TOKEN in the project's environment variables, as a secret");
  valohai::api_options how{.token = std::move(*token), .retry = patience(world_->stop, 3), .stop = world_->stop};
  if (auto base = environment("VH_API_BASE_URL")) how.base = std::move(*base);
  open_clients(flags.stall);
  how.posting = posting_.get();
  return valohai::api{*client_, std::move(how)};
}

void platform::show(std::string_view text) {
  if (!calls_.set_status_detail) return;
  open_clients(api_flags{}.stall);
  auto const shown = valohai::show_status(*client_, *calls_.set_status_detail, text, world_->stop);
  if (!shown) world_->out.detail("the status was not shown: " + shown.error().message());
}

}  // namespace waybill_cli
