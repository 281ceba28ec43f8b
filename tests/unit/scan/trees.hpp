#pragma once

#include <waybill/scan/tree.hpp>

#include <string>
#include <vector>

#include "samples.hpp"
#include "support/catch.hpp"
#include "support/data.hpp"

namespace waybill_test {

using strings = std::vector<std::string>;

/// `key digest path` of each file, the root written as `R`.
inline strings lines(waybill::scanned_tree const& tree) {
  strings out;
  auto const r = tree.for_each([&](waybill::scanned_file const& f) -> waybill::result<void> {
    auto path = std::string{f.path};
    if (path.starts_with(tree.root() + "/")) path.replace(0, tree.root().size(), "R");
    out.push_back(std::string{f.key} + " " + (f.digests.empty() ? "-" : f.digests.strongest()->text()) + " " + path);
    return {};
  });
  CHECK(r);
  return out;
}

inline strings keys(waybill::scanned_tree const& tree) {
  strings out;
  (void)tree.for_each([&](waybill::scanned_file const& f) -> waybill::result<void> {
    out.emplace_back(f.key);
    return {};
  });
  return out;
}

}  // namespace waybill_test
