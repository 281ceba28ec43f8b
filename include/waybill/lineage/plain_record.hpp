#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/run_record.hpp>

#include <optional>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/** Reads a record's members where they stand as record_line writes them, without making a document of them.

    It takes what has no escapes, no `committed_by` and no unknown members, in the order of the format; anything else is
    left to the general reader. It is several times as fast, which answers over many records need.
    @param members  the line from `{` up to the sum, whose `,` is left out
    @return  empty when the line is not that plain, or not valid; never another record than the general reader's. It is
             not checked by check_record
    @format  docs/formats.md#run-records */
[[nodiscard]] WAYBILL_DECL std::optional<run_record> scan_plain_record(std::string_view members);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/plain_record.ipp>
#endif
