#pragma once

#include <waybill/config.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {

/** Python's `fnmatch.fnmatchcase`: `*` crosses `/`, no escapes, `[!…]` negates, an unclosed `[` is literal.

    Characters are those of UTF-8; a byte that is none counts as one of its own, as Python's `surrogateescape` reads it.
    @complexity O(pattern × text) at worst
    @format CPython 3.11 `Lib/fnmatch.py`; used by `.quiltignore`
*/
[[nodiscard]] WAYBILL_DECL bool fnmatch_python(std::string_view pattern, std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/core/fnmatch.ipp>
#endif
