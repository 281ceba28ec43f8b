#include <waybill/protocol/valohai/execution.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace {
using namespace waybill;
using namespace waybill_test;
namespace v = waybill::valohai;

TEST_CASE("The execution's id is read from its configuration", "[valohai]") {
  CHECK(v::read_execution(R"({"valohai.execution-id":"e0","valohai.execution-tags":[]})").value().id == "e0");
  CHECK(v::read_execution("{}").value().id.empty());
  CHECK(code_of(v::read_execution(R"({"valohai.execution-id":7})")) == "wrong_type");
}

}  // namespace
