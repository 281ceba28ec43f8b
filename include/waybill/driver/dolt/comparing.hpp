#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/row_changes.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** table::database::diff, by Dolt's own comparison, which reads only what differs.

    It is repeated while the database is busy, until the first change was seen.
    @errors as there; errc::refused for a table whose primary key is another one on the other side
    @complexity memory for one row; time for what differs */
[[nodiscard]] WAYBILL_DECL result<void> compare_table(connection const& in, std::string_view table,
                                                      std::string_view from, std::string_view to,
                                                      table::change_visitor const& visit);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/comparing.ipp>
#endif
