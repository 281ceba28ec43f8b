#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/metaflow/commit.hpp>
#include <waybill/driver/metaflow/question.hpp>
#include <waybill/driver/metaflow/rows.hpp>
#include <waybill/json/value.hpp>
#include <waybill/lineage/record_store.hpp>
#include <waybill/lineage/run_record.hpp>
#include <waybill/lineage/run_view.hpp>
#include <waybill/lineage/same_inputs.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// `ok`, `fail` or `unfinished`.
[[nodiscard]] WAYBILL_DECL std::string_view name_of(lineage::attempt_state state) noexcept;

/// A record as documents show it: as it is kept, without `schema`. @format docs/formats.md#run-records
[[nodiscard]] WAYBILL_DECL json::object document_of(lineage::run_record const& r);

/** One read or write that answers: the record's members, and always `index`, `status` (of its attempt), and of a table
    `branch`, `commit`, `table_hash`, `dirty` and, of a write, `uncommitted`. What is not known is null. */
[[nodiscard]] WAYBILL_DECL json::object document_of(lineage::run_record const& r, lineage::attempt_state state);

/// `"<run>/<step>"` → list of uses. @param rows  null, or as write_rows gave them: they add `file`, or `no_rows`
[[nodiscard]] WAYBILL_DECL json::object document_of(std::vector<step_uses> const& answers,
                                                    std::vector<std::vector<use_rows>> const* rows);

/// `records`, `conflicts` and `lost` (`{table, step, task, attempt}`).
[[nodiscard]] WAYBILL_DECL json::object document_of(commit_report const& done);

/// `{table, db[, query]}` or `{package}`, and `versions`: `{contents, runs}`.
[[nodiscard]] WAYBILL_DECL json::object document_of(lineage::input_difference const& d);

/// `{key, line, detail}` of each damaged line that is listed.
[[nodiscard]] WAYBILL_DECL json::array damage_of(lineage::scan_report const& seen);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/answer.ipp>
#endif
