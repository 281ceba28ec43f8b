#include <waybill/store/counted.hpp>

#include "contract.hpp"
#include "factories.hpp"

using namespace waybill;
using namespace waybill_test;

TEMPLATE_TEST_CASE("a counted store keeps the contract", "[store]", memory_factory, directory_factory) {
  decorated_factory<counted, TestType> make;
  store_contract(make);
}

TEST_CASE("calls, failures and bytes are counted by operation") {
  counted store{memory_store{}};
  CHECK(store.counts() == store_counts{});
  REQUIRE(put(store, "a", "12345"));
  CHECK_FALSE(put(store, "a", "1", {.only_if_absent = true}));
  REQUIRE(store.head("a"));
  CHECK_FALSE(store.head("b"));
  CHECK(get(store, "a").value() == "12345");
  CHECK(get(store, "a", {1, 2}).value() == "23");
  CHECK(keys_of(store).size() == 1);
  auto const r = store.swap_ref("r", std::nullopt, "xyz");
  REQUIRE(r);
  CHECK_FALSE(store.swap_ref("r", std::nullopt, "longer"));
  REQUIRE(store.read_ref("r").value());
  CHECK_FALSE(store.read_ref("none").value());
  REQUIRE(store.remove_ref("r", r->version));
  REQUIRE(store.remove("a"));
  REQUIRE(store.flush());
  auto const now = store.counts();
  CHECK(now.put == operation_count{2, 1, 5});
  CHECK(now.head == operation_count{2, 1, 0});
  CHECK(now.open == operation_count{2, 0, 7});
  CHECK(now.list == operation_count{1, 0, 0});
  CHECK(now.swap_ref == operation_count{2, 1, 3});
  CHECK(now.read_ref == operation_count{2, 0, 3});
  CHECK(now.remove_ref == operation_count{1, 0, 0});
  CHECK(now.remove == operation_count{1, 0, 0});
  CHECK(now.flush == operation_count{1, 0, 0});
}

TEST_CASE("bytes of a source count when they are read, from any thread, and after the store is gone") {
  auto const bytes = vector_bytes(1000, 1);
  std::optional<counted<memory_store>> store{memory_store{}};
  auto const copy = *store;
  REQUIRE(put(*store, "k", bytes));
  auto const source = store->open("k").value();
  CHECK(copy.counts().open == operation_count{1, 0, 0});
  std::array<std::byte, 100> buffer;
  REQUIRE(source->read(buffer));
  CHECK(copy.counts().open.bytes == 100);
  together(4, [&](unsigned) {
    for (int i = 0; i < 100; ++i) static_cast<void>(get(*store, "k"));
  });
  CHECK(copy.counts().open == operation_count{401, 0, 400'100});
  store.reset();
  CHECK(read_all(*source).value().size() == 900);
  CHECK(copy.counts().open.bytes == 401'000);
}
