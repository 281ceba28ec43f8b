#pragma once

#include <waybill/store/directory.hpp>

#include <filesystem>

namespace waybill_test {

inline waybill::directory_store store_in(std::filesystem::path const& path) {
  return waybill::directory_store::open_path(path.string(), true).value();
}

}  // namespace waybill_test
