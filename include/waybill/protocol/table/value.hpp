#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/sql_type.hpp>

#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace table {

/** A value in the one form that equal values of a type share, so that rows can be compared as text: whole numbers
    without leading zeros, `true` and `false` as 1 and 0; decimals with all their places; doubles as few digits as say
    them; a blank before the time of a date, and no zeros at the end of parts of a second. Text, bytes and JSON stay as
    they are.

    @param scratch  holds the form where it is not the text itself
    @return         refers to `text` or to `scratch`
    @errors         errc::wrong_type for a value that the type cannot hold, or not without changing it
    @format         as Dolt 1.83.2 writes values in CSV; docs/formats.md#tables */
[[nodiscard]] WAYBILL_DECL result<std::string_view> canonical_value(sql_type const& type, std::string_view text,
                                                                    std::string& scratch);

/** Order of two values of a kind: below, at or above 0. Numbers and times by what they say, all else by bytes; numbers
    that cannot be read come first, by bytes. */
[[nodiscard]] WAYBILL_DECL int compare_values(value_kind kind, std::string_view a, std::string_view b) noexcept;

}  // namespace table
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/table/value.ipp>
#endif
