#pragma once

#include <waybill/config.hpp>
#include <waybill/lineage/query.hpp>

#include <compare>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/// What is compared between runs: a table, read by one query, or a package. Names count as they were recorded: clones
/// of one database are one only where they are named alike.
struct data_name {
  std::string db{};  ///< empty for a package
  std::string name{};
  std::string query{};  ///< empty for a whole table, and a package
  friend auto operator<=>(data_name const&, data_name const&) = default;
};

/// What some runs read under a name.
struct input_version {
  /// Table or top hashes; where no hash is known `commit C`, and `unknown` for what equals nothing. Empty: not read
  std::set<std::string> contents;
  std::vector<run_name> runs;  ///< in the order in which they were asked about
};

/// Data of which not all runs read the same.
struct input_difference {
  data_name data;
  std::vector<input_version> versions;
};

/** Whether runs read the same data, and where not, who read what. Empty: all read the same.

    Hashes are compared, not commits; all that a run read of a name counts, in any order. Commits stand in only where a
    hash was not recorded, so that what is not known to be equal is a difference.
    @param attempts  whose reads count  @param report  is added to
    @return      in the order of names
    @errors      errc::object_not_found for a run of which there are no records; usage for fewer than two runs; the
                 store's
    @complexity  O(n log n) in the records of these runs and their origins */
[[nodiscard]] WAYBILL_DECL result<std::vector<input_difference>> same_inputs(record_store const& store,
                                                                             std::span<run_name const> runs,
                                                                             attempt_choice attempts,
                                                                             scan_report& report);

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/same_inputs.ipp>
#endif
