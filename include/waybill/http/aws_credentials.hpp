#pragma once

#include <waybill/config.hpp>
#include <waybill/core/timestamp.hpp>

#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {

/** What requests to an AWS-like service are signed with.

    It has no text form on purpose: secrets go to no output. Without an access key they are anonymous: nothing is signed.
*/
struct aws_credentials {
  std::string access_key_id;      ///< public part; empty for anonymous
  std::string secret_access_key;  ///< secret
  std::string session_token;      ///< secret; empty for keys that are not temporary
  std::optional<timestamp> expires;

  [[nodiscard]] bool anonymous() const noexcept { return access_key_id.empty(); }
};

}  // namespace waybill::inline WAYBILL_ABI
