#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/aws_settings.hpp>
#include <waybill/error.hpp>
#include <waybill/http/aws_credentials.hpp>

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace waybill::inline WAYBILL_ABI {

/// Credentials, and where they are from: `environment`, `profile 'x'`, `instance metadata`; no source for none.
struct found_aws_credentials {
  aws_credentials credentials;
  std::string source;
};

/** Looks for credentials where the AWS tools look, and takes the first there are.

    The environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_CREDENTIAL_EXPIRATION`);
    the profile's keys in the credentials file; its `credential_process`; its keys in the config file; the container;
    the instance. A source that is configured and fails ends the search: another identity is no substitute. What the kit
    does not fetch itself (`role_arn`, IAM Identity Center, web identity) is such a failure, because the tools would use
    it before what comes behind.

    @return no source and anonymous credentials where none of them is configured; whether that will do is the caller's
            decision
    @errors errc::usage for half a pair of keys; errc::unsupported; errc::denied for credentials that have expired; as
            the source says, its name in the detail, never a secret
    @format botocore 1.44 `create_credential_resolver`
*/
[[nodiscard]] WAYBILL_DECL result<found_aws_credentials> find_aws_credentials(aws_surroundings const& from,
                                                                              std::stop_token const& stop = {});

/** Credentials for as long as a program runs: kept, and fetched anew before they end.

    They are renewed from 5 minutes before their end on, or from the middle of a shorter life. While renewing fails and
    the old ones are still good these are given, with a new attempt half a minute later.

    @threads any number at once; one fetches, the others wait for it
*/
class aws_credential_provider {
 public:
  explicit aws_credential_provider(aws_surroundings from) : from_{std::move(from)} {}

  /// @errors as find_aws_credentials; a failure is not kept, the next call looks again
  [[nodiscard]] result<found_aws_credentials> get(std::stop_token const& stop = {});

  /// Drops what is kept, for when a service says that it has expired or was withdrawn.
  void forget();
  /// The same, unless others than those that were used are kept by now: many requests may fail at once.
  void forget(aws_credentials const& used);

 private:
  aws_surroundings from_;
  std::mutex mutex_;  ///< guards the two below, and that `from_` is used by one thread at a time
  std::optional<found_aws_credentials> found_;
  std::optional<timestamp> renew_at_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/aws_credentials.ipp>
#endif
