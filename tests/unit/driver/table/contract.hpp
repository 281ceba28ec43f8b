#pragma once

// What every database of tables promises (driver/table/database.hpp), as one suite. Nothing here knows its kind:
//
//   auto const open = [&] { return …; };  // std::unique_ptr<table::database>: the same empty database each time
//   TEST_CASE("my database keeps the contract") { table_contract(open); }
//
// `open` is also called by several threads at once.

#include "contract/committing.hpp"
#include "contract/comparing.hpp"
#include "contract/values.hpp"
#include "contract/writing.hpp"

namespace waybill_test {

/// @param writers  as many as write side by side
inline void table_contract(table_opener const& open, unsigned writers = 8) {
  contract_of_absent_tables(open);
  contract_of_write_modes(open);
  contract_of_many_rows(open);
  contract_of_failed_writes(open);
  contract_of_values(open);
  contract_of_unusual_names(open);
  contract_of_writers(open);
  contract_of_versions(open);
  contract_of_empty_commits(open);
  contract_of_conflicts(open);
  contract_of_parallel_writers(open, writers);
  contract_of_comparisons(open);
}

}  // namespace waybill_test
