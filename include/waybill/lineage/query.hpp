#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/record_store.hpp>
#include <waybill/lineage/run_view.hpp>

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// Which reads or writes are asked for; empty members mean all.
struct record_query {
  record_kind kind = record_kind::read;  ///< read or write
  run_selection runs{};
  std::vector<std::string> steps{};
  attempt_choice attempts{};
};

/// A record that answers a query. @lifetime valid during the call it is passed to
struct found_record {
  run_name const& asked;  ///< the run that was asked about; `record` is its origin's where it was resumed
  run_record const& record;
  attempt_state state;
};

/// Called for each answer; an error ends the query.
using found_visitor = std::function<result<void>(found_record const&)>;

/** Reads or writes of runs, run after run, an attempt's in their order; writes that were committed later count once, as
    committed.

    A resumed run did not do again what its origin had finished: for every step and foreach index of which it has no
    record, the origin's answer is its own, and so on to the origin's origin. (A resumed run that died before a step
    which its origin had finished looks the same, and answers alike.)
    @param report  is added to  @errors the store's, the visitor's
    @complexity O(n log n) in records; one run and its origin are held in memory */
[[nodiscard]] WAYBILL_DECL result<void> for_each_use(record_store const& store, record_query const& query,
                                                     found_visitor const& visit, scan_report& report);

/// The same for one run. @errors also errc::object_not_found for a run of which there are no records
[[nodiscard]] WAYBILL_DECL result<void> for_each_use_of(record_store const& store, run_name const& run,
                                                        record_query const& query, found_visitor const& visit,
                                                        scan_report& report);

/// Writes of tables that no commit stands for, of all attempts, failed ones too. @errors as for_each_use
[[nodiscard]] WAYBILL_DECL result<void> for_each_uncommitted(record_store const& store, run_selection const& runs,
                                                             found_visitor const& visit, scan_report& report);

/** The attempts that wrote a table's commit or a package's version, whatever became of them.

    @param what    a table by `db`, `table` and `commit`, or a package
    @errors        errc::version_not_found when there is none; errc::usage for a table without a commit; as for_each_use
    @complexity    reads every record there is */
[[nodiscard]] WAYBILL_DECL result<void> who_wrote(record_store const& store,
                                                  std::variant<table_version, package_version> const& what,
                                                  found_visitor const& visit, scan_report& report);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/query.ipp>
#endif
