#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** table::database::read. State and rows come from one transaction of one session, so that the rows are those of the
    hash that is recorded; the rows go through unread.

    It is repeated while the database is busy, until the first byte was written.
    @errors as there; errc::usage for a query that is more than one statement */
[[nodiscard]] WAYBILL_DECL result<lineage::table_version> read_table(connection const& from,
                                                                     table::read_request const& what, byte_sink& csv);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/reading.ipp>
#endif
