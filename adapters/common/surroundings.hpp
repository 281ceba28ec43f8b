#pragma once

#include <waybill/driver/aws_settings.hpp>

#include <stop_token>

namespace waybill_cli {

/** This process as the AWS tools would see it: its environment, the files, programs without a shell, the clock.

    A program gets half a minute; of what it prints nothing is shown.
    @param metadata  client for metadata services, or null  @lifetime refers to it */
[[nodiscard]] waybill::aws_surroundings aws_surroundings_here(waybill::any_http_client* metadata, std::stop_token stop);

}  // namespace waybill_cli
