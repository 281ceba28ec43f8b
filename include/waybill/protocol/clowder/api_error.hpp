#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/http/message.hpp>
#include <waybill/protocol/clowder/names.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/** What a refusal's body says, in one line: version 1 answers text or a JSON string, version 2 `{"detail": …}` with a
    text, `{"error": …}` or complaints about fields. Empty where it says nothing readable, as pages of HTML do. */
[[nodiscard]] WAYBILL_DECL std::string error_text(std::string_view body);

/** The error an answer without success means: as `status_error`, and
    - a redirect is permanent and says where it leads: the key follows no redirect;
    - version 2 answers a malformed id with 500, which is temporary like any other: check ids before they are sent.
    @pre the status means no success */
[[nodiscard]] WAYBILL_DECL error api_failure(int status, header_list const& headers, std::string_view body,
                                             std::string_view url);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/api_error.ipp>
#endif
