#pragma once

#include <waybill/store/any_store.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/memory.hpp>

#include "support/data.hpp"

namespace waybill_test {

struct memory_factory {
  waybill::memory_store operator()() const { return {}; }
};

struct directory_factory {
  waybill::directory_store operator()() const {
    return waybill::directory_store::open_path((home / "store").string(), true).value();
  }
  temporary_directory home;
};

/// Any of them, with its type forgotten.
template <class Factory>
struct erased_factory {
  waybill::any_store operator()() { return waybill::any_store{make()}; }
  Factory make;
};

/// Any of them inside a decorator of one store.
template <template <waybill::object_source> class Decorator, class Factory>
struct decorated_factory {
  auto operator()() { return Decorator<decltype(make())>{make()}; }
  Factory make;
};

}  // namespace waybill_test
