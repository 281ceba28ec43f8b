#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** What an error's body says, in one line: `detail`, `error`, `non_field_errors`, or fields with their complaints
    (`name: taken`). Empty where it says nothing readable, as pages of HTML do.
    @format the platform's API as valohai-cli reads it (exceptions.py, error_fmt.py) */
[[nodiscard]] WAYBILL_DECL std::string error_text(std::string_view body);

/** The error an answer means: as `status_error`, but what is missing (404, 410) is errc::permanent like every other
    refusal: the platform says so of what exists and may not be seen as well.
    @param elsewhere  another host says so, which a redirect led to and which does not get the token
    @pre the status means no success */
[[nodiscard]] WAYBILL_DECL error api_failure(int status, header_list const& headers, std::string_view body,
                                             std::string_view url, bool elsewhere = false);

/** The error of an address that the platform named: storage, which knows no token. It is permanent where the storage
    refuses: such addresses are good for a while only. @pre the status means no success */
[[nodiscard]] WAYBILL_DECL error download_failure(int status, header_list const& headers, std::string_view url);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/api_error.ipp>
#endif
