#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/run_record.hpp>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** table::database::write. The rows wait in a file without a name until all are there and are well formed, so that the
    database is not kept busy by whoever makes them, and the whole can be repeated. They go to the writer's own branch,
    which is made from the head of the active one, in one transaction. A table that is new is made and filled on a
    branch beside it, and taken over from there, because SQL makes tables outside of transactions.

    @errors as there; errc::usage for a request without a writer, a primary key that is not the table's, and columns the
            table does not have; errc::malformed_table for CSV that is none and values a column cannot hold; collision
            for a known key where rows are appended */
[[nodiscard]] WAYBILL_DECL result<lineage::table_version> write_table(connection const& to,
                                                                      table::write_request const& what,
                                                                      byte_source& csv);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/writing.ipp>
#endif
