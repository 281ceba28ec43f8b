#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** What it means that `dolt` ended without success.

    errc::temporary for a database that another program has open, two transactions that met, and a server that does not
    answer or goes away; denied for a login; object_not_found for no such database or table; version_not_found for no
    such branch, tag or commit; collision for a known key; malformed_table for a value that its column cannot hold;
    usage for a column that is not there and SQL that is none; file_not_found for a directory without a database;
    unsupported for a Dolt that does not know what it was asked; else permanent.
    @param complaint  what it wrote to its error output; values of rows in it are not repeated
    @param database   as its user named it
    @format           Dolt 1.83.2 */
[[nodiscard]] WAYBILL_DECL error failure_of(std::string_view complaint, std::string_view database);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/failure.ipp>
#endif
