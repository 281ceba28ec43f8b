#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>

#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** table::database::commit. Each writer's commit is made on his own branch, then tagged, then merged into the active
    branch, then his branch goes; where it has other tables that are not committed, it stays.

    The last line of a message names the writer, `waybill-writer: …`: a call that finds such a commit at the head of his
    branch goes on where another one was stopped. What others did not commit on the active branch stays as it is. With
    a conflict, or where such rows of others are in the way, the merge is given up and the branch stays.
    @errors as there */
[[nodiscard]] WAYBILL_DECL result<std::vector<table::committed>> commit_tables(connection const& to,
                                                                               table::commit_request const& what);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/committing.ipp>
#endif
