#include <waybill/driver/snapshots/open.hpp>

#include "unit/driver/snapshots/fixture.hpp"
#include "unit/driver/table/contract.hpp"

using namespace waybill;
using namespace waybill::table;
using namespace waybill_test;

TEST_CASE("a database of snapshots keeps the contract of a database") {
  snapshot_fixture const f;
  table_contract([&] { return f.open(); }, 20);
}
