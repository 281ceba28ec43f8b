#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/record_store.hpp>
#include <waybill/protocol/metaflow/identity.hpp>

#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// Tables that an attempt wrote to one database and nobody committed yet.
struct pending_writes {
  identity writer;
  std::vector<lineage::table_version> tables;  ///< as they were written last; sorted by name
};

/** What a commit of an attempt takes: its own writes, and those of earlier steps that nobody committed.

    Of an earlier step is another step's attempt that went well and was over before this one began; in a resumed run
    also those of its origin, for what was taken over. Never taken: writes of other tasks of the same step, as a
    foreach has them side by side; of branches that are still under way; of attempts that failed, were killed or were
    retried.
    @param report  is added to
    @return        earlier writers in the order in which they were over; the attempt's own last, also without any
    @errors        the store's
    @complexity    reads all records of the run and its origins */
[[nodiscard]] WAYBILL_DECL result<std::vector<pending_writes>> pending_for(lineage::record_store const& store,
                                                                           identity const& who, std::string_view db,
                                                                           lineage::scan_report& report);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/pending.ipp>
#endif
