#pragma once

#include <waybill/config.hpp>
#include <waybill/protocol/dolt/address.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// The words that start a session of SQL which answers as CSV. A local database is opened where the program runs.
/// @param program  Dolt's own  @format `dolt --help`, `dolt sql --help` of 1.83.2
[[nodiscard]] WAYBILL_DECL std::vector<std::string> session_words(database_address const& at, std::string program);

/** The environment of such a session: without colours and without reports to Dolt's makers.

    A server gets the password of `DOLT_CLI_PASSWORD`, or the empty one: Dolt would ask a terminal else. A local
    database gets neither user nor password.
    @param given  `NAME=value`, as this program has it */
[[nodiscard]] WAYBILL_DECL std::vector<std::string> session_environment(database_address const& at,
                                                                        std::vector<std::string> given);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/invocation.ipp>
#endif
