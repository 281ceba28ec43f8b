#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>
#include <waybill/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** What requests to an AWS-like service are signed with.

    It has no text form on purpose: secrets go to no output. Without an access key they are anonymous: nothing is
    signed.
*/
struct aws_credentials {
  std::string access_key_id;      ///< public part; empty for anonymous
  std::string secret_access_key;  ///< secret
  std::string session_token;      ///< secret; empty for keys that are not temporary
  std::optional<timestamp> expires;

  [[nodiscard]] bool anonymous() const noexcept { return access_key_id.empty(); }
};

/// Who answered with credentials; the forms differ in the name of the token and in what must be there.
enum class aws_credential_answer {
  process,    ///< `credential_process`: `Version` 1, `SessionToken`
  container,  ///< ECS and EKS: `Token`, `Expiration`
  instance    ///< EC2 instance metadata: `Code` `Success`, `Token`, `Expiration`
};

/** Credentials from the JSON text of a program or a metadata service.
    @errors errc::denied with the service's own code where it refused; errc::malformed_json, missing_member, wrong_type,
            unsupported (another version). No part of the answer but that code is shown.
    @format AWS CLI User Guide, "Sourcing credentials with an external process"; Amazon ECS Developer Guide, "Task IAM
            role"; Amazon EC2 User Guide, "Retrieve security credentials from instance metadata"
*/
[[nodiscard]] WAYBILL_DECL result<aws_credentials> parse_aws_credentials(std::string_view text,
                                                                         aws_credential_answer from);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/aws_credentials.ipp>
#endif
