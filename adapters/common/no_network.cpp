// A build without libcurl.
#include "common/network.hpp"

#include <waybill/core/shown_url.hpp>

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

struct network::state {};

network::network(network_options) {}
network::~network() = default;

result<waybill::any_store> network::open_bucket(std::string const& name) {
  return make_error(errc::unsupported, "this waybill was built without libcurl and reaches directories only",
                    "s3://" + name);
}

result<std::unique_ptr<waybill::byte_source>> network::open_place(waybill::physical_key const& place,
                                                                  waybill::byte_range) {
  return make_error(errc::unsupported, "this waybill was built without libcurl and reaches directories only",
                    waybill::shown_url(place.url()));
}

}  // namespace waybill_cli
