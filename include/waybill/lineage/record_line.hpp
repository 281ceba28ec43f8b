#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/run_record.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

inline constexpr std::string_view record_schema = "waybill/run-record/1";

/// Bytes of the longest line, its end included; a longer one is damage.
inline constexpr std::size_t largest_line = std::size_t{1} << 20;

/// A record's members in the order in which they are written, `schema` first, without the sum. What is not there has no
/// member. @format docs/formats.md#run-records
[[nodiscard]] WAYBILL_DECL json::object record_members(run_record const& r);

/** A record as one line, its end included, that says by itself whether it is whole.
    @errors as check_record; errc::too_large; usage and not_representable for `extra` that repeats a member or cannot be
            written
    @format docs/formats.md#run-records */
[[nodiscard]] WAYBILL_DECL result<std::string> record_line(run_record const& r);

/** Reads such a line. @param line  without its end
    @return the record; members nobody knows are in `extra`, numbers there as they were written
    @errors errc::corrupt_state for a line whose sum is wrong or missing; unsupported for another schema; for a line
            that is whole and says nonsense what json::parse, json::record_reader and check_record say */
[[nodiscard]] WAYBILL_DECL result<run_record> read_record_line(std::string_view line);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/record_line.ipp>
#endif
