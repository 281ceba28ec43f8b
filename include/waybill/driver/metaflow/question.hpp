#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/query.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace metaflow {

/// Reads or writes that are asked for, as people say it; empty members mean all.
struct question {
  lineage::record_kind kind = lineage::record_kind::read;  ///< read or write
  std::optional<std::string> flow{};
  std::vector<std::string> runs{};  ///< `R`, or `F/R`
  std::vector<std::string> steps{};
  std::optional<std::string> db{};  ///< only tables of this database, as it was named
  lineage::attempt_choice attempts{};
};

/// One read or write that answers.
struct use {
  lineage::run_record record;
  lineage::attempt_state state;
};

/// What a step of a run read or wrote, in the order of the records.
struct step_uses {
  std::string place{};  ///< `run/step`; of the run that was asked about, also where its origin did it
  std::vector<use> uses{};
};

/** The runs that texts name, each flow's together, in the order of the flows' first mention.
    @errors errc::usage for a text that names no run, or the run of another flow than `flow` */
[[nodiscard]] WAYBILL_DECL result<std::vector<lineage::run_selection>> select_runs(
    std::optional<std::string> const& flow, std::vector<std::string> const& runs);

/** What runs read or wrote.

    @param report  is added to  @return sorted by place
    @errors        as select_runs; errc::object_not_found for a run that is named and of which there are no records; the
                   store's
    @complexity    O(n log n) in the records of the runs; the answers are held in memory */
[[nodiscard]] WAYBILL_DECL result<std::vector<step_uses>> find_uses(lineage::record_store const& store,
                                                                    question const& asked,
                                                                    lineage::scan_report& report);

}  // namespace metaflow
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/metaflow/question.ipp>
#endif
