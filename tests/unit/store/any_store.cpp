#include <waybill/store/any_store.hpp>

#include "contract.hpp"
#include "factories.hpp"

using namespace waybill;
using namespace waybill_test;

TEMPLATE_TEST_CASE("a store whose type is forgotten keeps the contract", "[store]", memory_factory, directory_factory) {
  erased_factory<TestType> make;
  store_contract(make);
}

TEST_CASE("copies of a store whose type is forgotten share it") {
  any_store a{memory_store{}};
  auto b = a;
  REQUIRE(put(a, "k", "text"));
  CHECK(get(b, "k").value() == "text");
}
