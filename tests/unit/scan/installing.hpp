#pragma once

#include <waybill/scan/materialise.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "placing.hpp"

namespace waybill_test {

using tree = std::map<std::string, std::string>;
using names = std::vector<std::string>;

inline tree tree_of(files const& dataset) { return {dataset.begin(), dataset.end()}; }

/// Places entries in a directory, which is made where it is missing.
inline waybill::result<waybill::materialise_report> install(std::vector<waybill::entry> const& entries,
                                                            std::filesystem::path const& dir,
                                                            waybill::content_provider& contents,
                                                            waybill::materialise_options const& options = {},
                                                            waybill::job_control const& control = {}) {
  auto const root = waybill::root_directory::open(dir.string(), true);
  if (!root) return root.error();
  return waybill::materialise(entries, *root, contents, options, control);
}

inline files const small_dataset{{"a.txt", "alpha"}, {"d/b", "beta"}, {"d/e/c", ""}, {"z", "omega"}};

inline waybill::materialise_options syncing() {
  waybill::materialise_options o;
  o.delete_extra = true;
  return o;
}

}  // namespace waybill_test
