#include "common/clowder_site.hpp"

#include <chrono>
#include <utility>

#include "common/client.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

result<std::optional<clowder::api_version>> wanted_version(std::string const& text) {
  using version = std::optional<clowder::api_version>;
  if (text == "auto") return version{};
  if (text == "1") return version{clowder::api_version::v1};
  if (text == "2") return version{clowder::api_version::v2};
  return make_error(errc::usage, "--api is 1, 2 or auto, not \"" + text + "\"");
}

}  // namespace

result<clowder_site> clowder_site::open(context const& world, clowder_access const& how) {
  auto const version = wanted_version(how.api);
  if (!version) return version.error();
  if (!(how.stall > 0 && how.stall < 1e6))
    return make_error(errc::usage, "--timeout is a number of seconds above 0: how long a transfer may stand still");
  auto base = environment("CLOWDER_URL");
  if (!base) return make_error(errc::usage, "where is Clowder? set CLOWDER_URL to its address");
  auto token = read_token(how.token_file, "CLOWDER_TOKEN");
  if (!token) return token.error();
  if (token->empty())
    return make_error(errc::denied, "no token: set CLOWDER_TOKEN to an API key, which your profile in Clowder makes");
  if (how.insecure) world.out.note("waybill: warning: --insecure: nobody vouches for the server, which gets the token");

  clowder_site out;
  waybill::curl_options curl{.connect_timeout = std::chrono::seconds{15},
                             .stall_limit = std::chrono::milliseconds{static_cast<long long>(how.stall * 1000)}};
  curl.insecure = how.insecure;
  curl.proxy = proxies_here();
  curl.ca_file = environment("SSL_CERT_FILE").value_or("");
  out.client_ = std::make_unique<waybill::curl_client>(curl);
  clowder::api_options options{.base = std::move(*base),
                               .key = std::move(*token),
                               .retry = patience(world.stop, how.retries + 1),
                               .stall = curl.stall_limit,
                               .uploads = world.control().workers,
                               .stop = world.stop};
  curl.max_idle_connections = 0;
  out.posting_ = std::make_unique<waybill::curl_client>(std::move(curl));
  options.posting = out.posting_.get();
  auto opened = clowder::api::open(*out.client_, std::move(options), *version);
  if (!opened) return opened.error();
  out.api_.emplace(std::move(*opened));
  return out;
}

std::string space_here(std::string const& flag) { return flag.empty() ? environment("SPACE_ID").value_or("") : flag; }

void tell_remarks(context const& world, clowder::upload_report const& done) {
  for (auto const& line : done.remarks) world.out.note("waybill: note: " + line);
}

}  // namespace waybill_cli
