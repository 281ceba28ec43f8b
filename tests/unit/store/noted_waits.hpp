#pragma once

#include <waybill/store/retrying.hpp>

#include <chrono>
#include <vector>

namespace waybill_test {

/// Waits are noted, not waited.
struct noted_waits {
  std::vector<std::chrono::milliseconds> waits;
  waybill::retry_policy policy(unsigned attempts = 4) {
    return {attempts,
            std::chrono::milliseconds{100},
            std::chrono::seconds{1},
            {},
            [this](std::chrono::milliseconds wait) -> waybill::result<void> {
              waits.push_back(wait);
              return {};
            }};
  }
};

}  // namespace waybill_test
