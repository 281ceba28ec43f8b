#include "common/network.hpp"

#include <waybill/core/shown_url.hpp>
#include <waybill/driver/aws_credentials.hpp>
#include <waybill/http/curl.hpp>
#include <waybill/store/http.hpp>
#include <waybill/store/retrying.hpp>
#include <waybill/store/s3.hpp>
#include <waybill/store/verified.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "common/client.hpp"
#include "common/settings.hpp"
#include "common/surroundings.hpp"

namespace waybill_cli {
using waybill::curl_client;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

using web_store = waybill::http_store<curl_client>;

constexpr unsigned repetitions = 5;  ///< of what fails in passing, the first try among them

/// What counts the bytes of all clients, each way.
struct bandwidth {
  explicit bandwidth(std::uint64_t rate)
      : upload{std::make_shared<waybill::token_bucket>(rate)},
        download{std::make_shared<waybill::token_bucket>(rate)} {}
  std::shared_ptr<waybill::token_bucket> upload, download;
};

waybill::curl_options client_options(std::uint64_t max_bandwidth, bandwidth const& counted) {
  waybill::curl_options out;
  out.max_upload_rate = out.max_download_rate = max_bandwidth;
  out.upload_bucket = counted.upload;
  out.download_bucket = counted.download;
  out.proxy = proxies_here();
  out.ca_file = environment("AWS_CA_BUNDLE").value_or("");
  return out;
}

/// Who signs the requests of all buckets.
class signer {
 public:
  explicit signer(std::stop_token const& stop)
      : metadata_{{.connect_timeout = std::chrono::seconds{1}}},
        surroundings_{aws_surroundings_here(&metadata_, stop)},
        provider_{surroundings_},
        stop_{stop} {}

  [[nodiscard]] waybill::aws_surroundings const& surroundings() const noexcept { return surroundings_; }
  [[nodiscard]] result<waybill::aws_credentials> credentials() {
    auto found = provider_.get(stop_);
    if (!found) return found.error();
    return std::move(found->credentials);
  }
  void expired(waybill::aws_credentials const& used) { provider_.forget(used); }

 private:
  curl_client metadata_;  ///< without a proxy, which would be asked by another machine
  waybill::aws_surroundings surroundings_;
  waybill::aws_credential_provider provider_;
  std::stop_token stop_;
};

}  // namespace

struct network::state {
  explicit state(network_options o) : options{std::move(o)}, counted{options.max_bandwidth} {}

  result<waybill::any_store> make_bucket(std::string const& name);
  result<web_store const*> web();

  network_options options;
  bandwidth counted;
  std::mutex guard{};
  std::map<std::string, waybill::any_store> buckets{};
  std::shared_ptr<curl_client> client{};  ///< of S3
  std::shared_ptr<signer> keys{};
  std::optional<waybill::aws_settings> settings{};
  waybill::host_policy hosts{};
  std::optional<web_store> places{};
};

result<waybill::any_store> network::state::make_bucket(std::string const& name) {
  if (!client) {
    client = std::make_shared<curl_client>(client_options(options.max_bandwidth, counted));
    keys = std::make_shared<signer>(options.stop);
  }
  if (!settings) {
    auto read = waybill::read_aws_settings(keys->surroundings());
    if (!read) return read.error();
    settings = std::move(*read);
    if (options.remark)
      options.remark("S3 at " + (settings->endpoint_url.empty() ? "AWS" : waybill::shown_url(settings->endpoint_url)) +
                     ", region " + (settings->region.empty() ? "us-east-1" : settings->region) + ", profile " +
                     settings->profile_name);
  }
  waybill::s3_options how;
  how.bucket.name = name;
  if (!settings->region.empty()) how.bucket.region = settings->region;
  how.bucket.endpoint = settings->endpoint_url;
  how.credentials = [keys = keys] { return keys->credentials(); };
  how.expired = [keys = keys](waybill::aws_credentials const& used) { keys->expired(used); };
  how.clock = keys->surroundings().now;
  how.force_unsafe_refs = options.force_unsafe_refs;
  how.stop = options.stop;
  auto store = waybill::s3_store<curl_client>::create(client, std::move(how));
  if (!store) return store.error();
  return waybill::any_store{
      waybill::verified{waybill::retrying{std::move(*store), patience(options.stop, repetitions)}}};
}

/// Places on the web have a client of their own: it connects to no address that its policy does not let through.
result<web_store const*> network::state::web() {
  if (places) return &*places;
  for (auto const& host : options.allowed_hosts) hosts.allow(host);
  auto how = client_options(options.max_bandwidth, counted);
  how.hosts = hosts;
  auto made = web_store::create(std::make_shared<curl_client>(std::move(how)),
                                {.base = "https://localhost/", .redirects = {.hosts = &hosts}, .stop = options.stop});
  if (!made) return made.error();
  places.emplace(std::move(*made));
  return &*places;
}

network::network(network_options options) : state_{std::make_unique<state>(std::move(options))} {}
network::~network() = default;

result<waybill::any_store> network::open_bucket(std::string const& name) {
  std::lock_guard const lock{state_->guard};
  if (auto const at = state_->buckets.find(name); at != state_->buckets.end()) return at->second;
  auto made = state_->make_bucket(name);
  if (made) state_->buckets.emplace(name, *made);
  return made;
}

result<std::unique_ptr<waybill::byte_source>> network::open_place(waybill::physical_key const& place,
                                                                  waybill::byte_range range) {
  if (place.is_s3()) {
    auto const at = place.location();
    auto const store = open_bucket(at.host);
    if (!store) return store.error();
    return store->open_exactly({at.path, 0, {}, {}, at.version}, range);
  }
  auto const scheme = place.url().substr(0, place.url().find(':'));
  if (scheme != "http" && scheme != "https")
    return make_error(errc::unsupported, "places of the kind " + scheme + ": cannot be read; fetch the file and set it",
                      waybill::shown_url(place.url()));
  std::unique_lock lock{state_->guard};
  auto const web = state_->web();
  lock.unlock();
  if (!web) return web.error();
  auto opened = waybill::detail::repeat_transient(patience(state_->options.stop, repetitions),
                                                  [&]() -> result<std::unique_ptr<waybill::byte_source>> {
                                                    if (auto const ok = state_->hosts.check_url(place.url()); !ok)
                                                      return ok.error();
                                                    return (*web)->open_url(place.url(), {}, range);
                                                  });
  if (opened || opened.error().code != errc::foreign_location) return opened;
  auto refused = opened.error();
  refused.detail += " (--allow-host HOST)";
  return refused;
}

}  // namespace waybill_cli
