#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/aws_settings.hpp>
#include <waybill/error.hpp>
#include <waybill/http/aws_credentials.hpp>

#include <stop_token>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Whether credentials may be asked for at a URL: any https host, and by http only this machine and the addresses of
    the ECS and EKS agents. @format AWS SDKs and Tools Reference Guide, "Container credential provider" */
[[nodiscard]] WAYBILL_DECL bool may_ask_for_credentials(std::string_view url);

/** Credentials of the container the process runs in (ECS, EKS Pod Identity).

    Asked for only where `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `_FULL_URI` is set, with the token of
    `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` (read anew each time) or `AWS_CONTAINER_AUTHORIZATION_TOKEN`.

    @return anonymous where neither variable is set
    @errors errc::usage for a URI that must not be asked; errc::temporary when nothing answers in time; as
            parse_aws_credentials; errc::denied or temporary for another status; errc::interrupted
*/
[[nodiscard]] WAYBILL_DECL result<aws_credentials> fetch_container_credentials(aws_surroundings const& from,
                                                                               std::stop_token const& stop);

/** Credentials of the role of the EC2 instance the process runs on, by version 2 of its metadata service only.

    At `AWS_EC2_METADATA_SERVICE_ENDPOINT`, else http://169.254.169.254; never with `AWS_EC2_METADATA_DISABLED=true`.

    @return anonymous where no such service gives out a session within the time-out, or the instance has no role
    @errors as fetch_container_credentials, once the service has given out a session
    @format Amazon EC2 User Guide, "Retrieve instance metadata", IMDSv2
*/
[[nodiscard]] WAYBILL_DECL result<aws_credentials> fetch_instance_credentials(aws_surroundings const& from,
                                                                              std::stop_token const& stop);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/aws_metadata.ipp>
#endif
