#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstddef>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace json {

/// What a reader accepts beyond RFC 8259, and its limits.
struct parse_options {
  std::size_t max_depth = 512;
  std::size_t max_bytes = std::size_t{1} << 30;
  /// `NaN`, `Infinity`, `-Infinity` and lone `\uD800`…`\uDFFF` escapes, as Python's json reads them.
  bool python_extensions = false;
  bool refuse_duplicates = false;  ///< a repeated member name is errc::duplicate_member (at any depth)
};

/** Reads one JSON text.

    A number may be of any size and precision, but an exponent beyond ±2147483647 is malformed.

    @param text  UTF-8, the whole text; surrounding white space is allowed, a byte order mark is not
    @return      the document; numbers keep their source text, members their order
    @errors      errc::malformed_json, too_deep, too_large, duplicate_member; `error.path` is `line L, column C`, both
                 counted from 1, columns in bytes (empty for too_large)
    @complexity  O(text), times log(members) in objects of more than 16; recursion is bounded by `max_depth`, memory by
                 the text
    @format      RFC 8259; parsing by boost::json::basic_parser, whose own number conversion is not used
*/
[[nodiscard]] WAYBILL_DECL result<value> parse(std::string_view text, parse_options const& options = {});

}  // namespace json
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/json/parse.ipp>
#endif
