#pragma once

#include <waybill/driver/snapshots/open.hpp>
#include <waybill/registry/registry.hpp>
#include <waybill/store/directory.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace waybill_test {

/// Databases of snapshots in a directory of their own, and the registry beside it.
struct snapshot_fixture {
  temporary_directory tmp{};
  std::filesystem::path directory = tmp.path() / "db";
  std::filesystem::path registry_directory = tmp.path() / "registry";

  waybill::registry home() const {
    waybill::registry out{waybill::directory_store::open_path(registry_directory.string(), true).value(),
                          registry_directory.string()};
    out.keep_history({"tester", [] {
                        static std::atomic<int> count{0};
                        return "nonce" + std::to_string(count++);
                      }});
    return out;
  }
  std::unique_ptr<waybill::table::database> open(waybill::registry const& in) const {
    return waybill::table::open_snapshots(
        in, {.directory = directory.string(),
             .name = directory.string(),
             .now = [] { return waybill::timestamp{std::chrono::seconds{1'800'000'000}}; },
             .suffix = [] { return std::string{"0a1b2c3d"}; }});
  }
  std::unique_ptr<waybill::table::database> open() const { return open(home()); }
};

}  // namespace waybill_test
