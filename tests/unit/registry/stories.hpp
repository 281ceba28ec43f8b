#pragma once

#include <waybill/registry/checkout.hpp>

#include <filesystem>
#include <string>

#include "fixture.hpp"

namespace waybill_test {

inline waybill::json::value label(std::string const& text) { return waybill::json::object{{"label", text}}; }

/// A dataset as the stories have it: a README and labelled images.
inline void dataset(std::filesystem::path const& root) {
  write_file(root / "README.md", "# Dataset\n");
  for (int i = 1; i <= 5; ++i)
    write_file(root / "train2017" / (std::to_string(i) + ".jpg"), "image " + std::to_string(i));
}

inline waybill::materialise_report install(waybill::package const& p, std::filesystem::path const& directory,
                                           bool sync = false) {
  waybill::registry_contents contents{p.source(), waybill::default_policy(p.source())};
  waybill::materialise_options options;
  options.delete_extra = sync;
  return waybill::install_package(p, directory.string(), {}, std::nullopt, contents, options).value();
}

}  // namespace waybill_test
