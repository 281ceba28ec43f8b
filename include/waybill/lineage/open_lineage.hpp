#pragma once

#include <waybill/config.hpp>
#include <waybill/json/value.hpp>
#include <waybill/lineage/record_store.hpp>
#include <waybill/version.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// What records do not say and events must.
struct open_lineage_options {
  std::string producer = "urn:waybill:" WAYBILL_VERSION_STRING;  ///< URI of what made the events
  std::string job_namespace = "waybill";                         ///< of flows and their steps
  std::string package_namespace = "waybill";                     ///< of packages; a table's is its `db`
  std::string integration = "METAFLOW";
  std::string language = "PYTHON";  ///< of failures
};

/** A run's records as OpenLineage events: of each attempt a START and, once it is over, a COMPLETE or FAIL with all
    that it read and wrote; of an attempt that is not over, or was killed, a RUNNING with what there is.

    The job is `Flow.step`, the parent run the flow's. A dataset's version is the commit or top hash; the table hash
    where the working set was read; a write without a commit has none. Events of one attempt follow each other.
    @format OpenLineage 2-0-2, RunEvent, with facets version 1-0-1, parent 1-2-0, jobType 2-0-4, errorMessage 1-0-1 */
[[nodiscard]] WAYBILL_DECL std::vector<json::value> open_lineage_events(run_log const& log,
                                                                        open_lineage_options const& options = {});

/// Run ids, the same whoever asks: UUID version 5 of `waybill:flow/run[/step/task/attempt]` in the namespace of URLs.
[[nodiscard]] WAYBILL_DECL std::string open_lineage_id(run_name const& run);
[[nodiscard]] WAYBILL_DECL std::string open_lineage_id(attempt_id const& attempt);

namespace detail {
/// A name's UUID in a namespace of 16 bytes. @format RFC 9562 section 5.5
[[nodiscard]] WAYBILL_DECL std::string uuid5(byte_view name_space, std::string_view name);
}  // namespace detail

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/open_lineage.ipp>
#endif
