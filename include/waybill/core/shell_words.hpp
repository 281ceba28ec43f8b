#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** The words of a command line as a POSIX shell splits them, without expanding anything in them.

    Single quotes keep everything, double quotes all but `\"` and `\\`, a backslash outside keeps the next character.
    @errors errc::usage for a quote that is not closed or a backslash at the end; the text is not shown
    @format Python's `shlex.split`
*/
[[nodiscard]] WAYBILL_DECL result<std::vector<std::string>> shell_words(std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/shell_words.ipp>
#endif
