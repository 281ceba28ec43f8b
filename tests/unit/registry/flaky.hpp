#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fixture.hpp"
#include "unit/store/faulty.hpp"

namespace waybill_test {

/// A registry whose store fails by plan.
struct flaky_registry {
  waybill::memory_store inner;
  std::shared_ptr<fault_plan> plan = std::make_shared<fault_plan>();
  waybill::registry r{faulty{inner, plan}, "flaky"};

  /// From now on the operation fails for keys that hold that text.
  void fail(std::string operation, std::string key = {}, waybill::error e = passing_failure("now")) {
    plan->before = [=](std::string_view called, std::string_view at) {
      return called == operation && at.find(key) != std::string_view::npos ? std::optional{e} : std::nullopt;
    };
  }
};

}  // namespace waybill_test
