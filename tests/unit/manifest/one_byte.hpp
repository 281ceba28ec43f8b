#pragma once

#include <waybill/manifest/entry.hpp>

#include <string>
#include <string_view>

namespace waybill_test {

/// An entry of one byte, complete enough to be written.
inline waybill::entry file(std::string_view key) {
  using namespace waybill;
  return {logical_key::parse(key).value(),
          1,
          {digest::parse(algorithms::sha256, std::string(64, '0')).value()},
          nullptr,
          {physical_key::file("/data")},
          json::object{}};
}

}  // namespace waybill_test
