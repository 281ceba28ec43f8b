#pragma once

// What every store promises (store/concepts.hpp), as one suite. Nothing here knows a store's type: a factory makes one.
//
//   struct my_factory {
//     my_store operator()();                       // a fresh, empty store; may refer to the factory, which outlives it
//     static constexpr std::size_t many = 1100;    // optional: objects of the long listing (more than a page of yours)
//     static constexpr bool utf8_keys = true;      // optional: keys that are not UTF-8 are refused (S3)
//     static constexpr bool passing_conflicts = true;  // optional: see contract_of_concurrent_writing
//   };
//   TEST_CASE("my store keeps the contract") { my_factory make; store_contract(make); }

#include "contract/concurrency.hpp"
#include "contract/listing.hpp"
#include "contract/reading.hpp"
#include "contract/references.hpp"
#include "contract/writing.hpp"

namespace waybill_test {

template <class Factory>
void store_contract(Factory& factory) {
  std::size_t many = 60;
  if constexpr (requires { Factory::many; }) many = Factory::many;
  bool utf8_keys = false;
  if constexpr (requires { Factory::utf8_keys; }) utf8_keys = Factory::utf8_keys;
  bool passing_conflicts = false;
  if constexpr (requires { Factory::passing_conflicts; }) passing_conflicts = Factory::passing_conflicts;
  auto store = factory();
  contract_of_reading(store);
  contract_of_writing(store);
  contract_of_concurrent_writing(store, passing_conflicts);
  contract_of_listing(store, many, utf8_keys);
  if constexpr (ref_store<decltype(store)>) contract_of_references(store);
}

}  // namespace waybill_test
