#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/aws_credentials.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// What the two files of the AWS tools say of one profile; empty where they say nothing.
struct aws_profile {
  aws_credentials keys;            ///< an access key without a secret is what the file holds, and cannot be used
  std::string credential_process;  ///< a command line; empty also where the credentials file has keys, which go first
  std::string region;
  std::string endpoint_url;  ///< for S3: of the profile's `services` section, else of the profile
  std::string unsupported;   ///< the setting that asks for a kind of credentials the kit does not fetch: `role_arn`
};

/** Profiles of `~/.aws/credentials` and `~/.aws/config`, put together.

    As botocore reads them: sections `[NAME]` there and `[profile NAME]` or `[default]` here; `name = value` or
    `name: value`, names without regard to case; a line that starts with `#` or `;` is a comment, one behind a value
    is not; a line indented deeper than its setting continues it, so that `s3 =` holds settings of its own. What the
    credentials file says of a profile goes before what the config file says.

    @format botocore 1.44 `configloader` over Python's `configparser`; AWS SDKs and Tools Reference Guide, "Shared
            config and credentials files"
*/
class aws_profiles {
 public:
  /** @param credentials, config  UTF-8 text of the files; empty where there is none
      @errors errc::usage for what is no such file, `path` naming file and line; the line is not shown */
  [[nodiscard]] static result<aws_profiles> parse(std::string_view credentials, std::string_view config);

  /// The profile of that name, or null. @lifetime refers to this object
  [[nodiscard]] aws_profile const* find(std::string_view name) const;
  /// In the order of their bytes.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, aws_profile, std::less<>> profiles_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/aws_profiles.ipp>
#endif
