#include <waybill/store/any_store.hpp>

#include <waybill/store/counted.hpp>
#include <waybill/store/retrying.hpp>
#include <waybill/store/verified.hpp>

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

TEST_CASE("objects grow in place through every decorator of a store that can do it and nowhere else") {
  directory_factory make;
  any_store directory{verified{counted{retrying{make()}}}};
  REQUIRE(directory.can_append());
  REQUIRE(put(directory, "log", "one"));
  CHECK(directory.append("log", 3, "", "two"));
  CHECK(get(directory, "log").value() == "onetwo");
  any_store memory{verified{memory_store{}}};
  CHECK_FALSE(memory.can_append());
  CHECK(memory.append("log", 0, "", "x").error().code == errc::unsupported);
}
