#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>
#include <waybill/http/aws_profiles.hpp>
#include <waybill/http/client.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** What AWS settings are read from: the process and the machine around it, as its owner shows them.

    @threads the functions and the client are called by one thread at a time
*/
struct aws_surroundings {
  /// Variables of the environment: those that start with `AWS_`, and `HOME`.
  std::map<std::string, std::string, std::less<>> environment;
  /// Text of a file, by its absolute path; an error of condition::not_found where there is none.
  std::function<result<std::string>(std::string const& path)> read_file;
  /// Runs a program without a shell and gives its standard output; an error must hold nothing of it. May be empty.
  std::function<result<std::string>(std::vector<std::string> const& words)> run;
  /// For metadata services: allowed to reach link-local addresses, and without a proxy. Null for none.
  /// @lifetime not owned
  any_http_client* client = nullptr;
  std::function<timestamp()> now;
  /// How long a metadata service may take for an answer; where there is none, nothing answers at all.
  std::chrono::milliseconds metadata_timeout{1000};

  /// The variable's value; empty when unset or empty.
  [[nodiscard]] std::string_view variable(std::string_view name) const noexcept;
};

/// How S3 is reached; empty where nothing says so.
struct aws_settings {
  std::string region;
  std::string endpoint_url;
  std::string profile_name;  ///< `default` unless another was chosen
  aws_profile profile;
};

/** Settings from the environment, then from the profile of `AWS_PROFILE` in the two files.

    Region: `AWS_REGION`, `AWS_DEFAULT_REGION`, `region`. Endpoint: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the
    profile's; none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true`. Files: `AWS_SHARED_CREDENTIALS_FILE` and
    `AWS_CONFIG_FILE`, else `~/.aws/credentials` and `~/.aws/config`; one that is absent is as good as empty.

    @errors errc::usage for a profile that was chosen and does not exist, and as aws_profiles::parse; as reading says
    @format AWS SDKs and Tools Reference Guide, "Settings reference"
*/
[[nodiscard]] WAYBILL_DECL result<aws_settings> read_aws_settings(aws_surroundings const& from);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/aws_settings.ipp>
#endif
