#pragma once

#include <waybill/core/physical_key.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/registry/contents.hpp>
#include <waybill/store/any_store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace waybill_cli {

/// How the network is used; none of it is read from a workspace.
struct network_options {
  std::vector<std::string> allowed_hosts;  ///< places on these may be read although they are not public
  bool force_unsafe_refs = false;          ///< see waybill::s3_options
  std::uint64_t max_bandwidth = 0;         ///< bytes a second, each way, of all transfers together; 0: no limit
  std::stop_token stop{};
  std::function<void(std::string_view)> remark{};  ///< told where requests go to; never a secret
};

/** What opens stores on the network.

    Nothing is asked, read or loaded before the first store is opened. All stores of a process share one HTTP client and
    one set of credentials, which are asked for before each request, so that a repeated one is signed anew.
    @threads all members may be called concurrently */
class network {
 public:
  explicit network(network_options options);
  ~network();
  network(network const&) = delete;
  network& operator=(network const&) = delete;

  /** A bucket of the service that the AWS settings name: repeats what fails in passing, checks what it reads.
      @errors errc::usage for a name that is none, and for settings that are wrong; errc::unsupported where this program
      was built without libcurl */
  [[nodiscard]] waybill::result<waybill::any_store> open_bucket(std::string const& name);

  /** A part of the bytes at an `s3:` place of the same service, or at an `http:` or `https:` one of a public or
      allowed host. @errors errc::foreign_location for a host that is neither; errc::unsupported for other places; as
      open_bucket; what is there says */
  [[nodiscard]] waybill::result<std::unique_ptr<waybill::byte_source>> open_place(waybill::physical_key const& place,
                                                                                  waybill::byte_range range = {});

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The bucket of `s3://bucket`, empty for any other location. @errors errc::usage for a place inside a bucket
[[nodiscard]] waybill::result<std::string> bucket_of_location(std::string_view location);

}  // namespace waybill_cli
