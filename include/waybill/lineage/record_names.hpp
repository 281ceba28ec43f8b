#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/run_record.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/** A flow's, run's, step's or task's name as one segment of a key: percent-encoded, a leading `.` too, so that no name
    leaves its place or is a tool's. @format docs/formats.md#run-records */
[[nodiscard]] WAYBILL_DECL std::string name_segment(std::string_view name);

/// `<flow>/<run>.jsonl`: all records of a run, in a directory.
[[nodiscard]] WAYBILL_DECL std::string file_key(run_name const& run);
/// `<flow>/<run>/<step>/<task>.<attempt>.jsonl`: records of one attempt, in a store of objects.
[[nodiscard]] WAYBILL_DECL std::string object_key(attempt_id const& attempt);
/// `<flow>/<run>/`: what the keys of all its attempts start with.
[[nodiscard]] WAYBILL_DECL std::string object_prefix(run_name const& run);

/// The run whose records are kept under such a key; empty for any other key.
[[nodiscard]] WAYBILL_DECL std::optional<run_name> run_of_file_key(std::string_view key);
[[nodiscard]] WAYBILL_DECL std::optional<run_name> run_of_object_key(std::string_view key);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/record_names.ipp>
#endif
