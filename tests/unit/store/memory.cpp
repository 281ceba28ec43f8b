#include <waybill/store/memory.hpp>

#include "contract.hpp"
#include "factories.hpp"

using namespace waybill;
using namespace waybill_test;

TEST_CASE("a memory store keeps the contract", "[store]") {
  memory_factory make;
  store_contract(make);
}

TEST_CASE("copies of a memory store share its contents") {
  memory_store a;
  auto b = a;
  REQUIRE(put(a, "k", "text"));
  CHECK(get(b, "k").value() == "text");
  REQUIRE(b.remove("k"));
  CHECK(keys_of(a).empty());
}

TEST_CASE("a source of a memory store outlives the object and the store") {
  std::unique_ptr<byte_source> source;
  {
    memory_store store;
    REQUIRE(put(store, "k", "text"));
    source = std::move(store.open("k").value());
    REQUIRE(store.remove("k"));
  }
  CHECK(read_all(*source).value() == "text");
}

TEST_CASE("a memory store sees that a reference was changed and changed back") {
  memory_store store;
  auto const a = store.swap_ref("r", std::nullopt, "a").value();
  auto const b = store.swap_ref("r", a.version, "b").value();
  REQUIRE(store.swap_ref("r", b.version, "a"));
  CHECK(store.swap_ref("r", a.version, "c").error().code == errc::lost_race);
}
