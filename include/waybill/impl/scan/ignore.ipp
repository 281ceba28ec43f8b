#pragma once

#include <waybill/scan/ignore.hpp>

#include <waybill/core/fnmatch.hpp>

#include <algorithm>

namespace waybill::inline WAYBILL_ABI {

WAYBILL_DECL ignore_rules::ignore_rules(std::string_view file_content) {
  while (!file_content.empty()) {
    auto const rule = file_content.substr(0, file_content.find('\n'));
    file_content.remove_prefix(std::min(rule.size() + 1, file_content.size()));
    if (!rule.empty()) patterns_.push_back("*/" + std::string{rule});
  }
}

WAYBILL_DECL bool ignore_rules::ignores_file(std::string_view absolute_path) const {
  return std::ranges::any_of(patterns_, [&](auto const& pattern) { return fnmatch_python(pattern, absolute_path); });
}

WAYBILL_DECL bool ignore_rules::ignores_directory(std::string_view absolute_path) const {
  if (patterns_.empty()) return false;
  // quilt3 tests the path with and without its slash, so that `build` and `build/` both name the directory.
  auto const with_slash = std::string{absolute_path} + '/';
  return ignores_file(with_slash) || ignores_file(absolute_path);
}

}  // namespace waybill::inline WAYBILL_ABI
