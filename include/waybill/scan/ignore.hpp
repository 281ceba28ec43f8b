#pragma once

#include <waybill/config.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** The rules of a `.quiltignore`, read exactly as quilt3 reads them.

    Every non-empty line R is matched as Python's `fnmatch(path, "*" "/" R)` against absolute paths, case-sensitive, `*`
    crossing `/`; a directory that matches R or R + `/` drops its subtree. No comments, no `!`, no anchoring.
    @format quilt3 8.0.0 `Package.set_dir`; facts in docs/formats.md#quiltignore
*/
class ignore_rules {
 public:
  ignore_rules() = default;
  explicit ignore_rules(std::string_view file_content);

  [[nodiscard]] bool empty() const noexcept { return patterns_.empty(); }
  [[nodiscard]] bool ignores_file(std::string_view absolute_path) const;
  /// @param absolute_path without trailing `/`
  [[nodiscard]] bool ignores_directory(std::string_view absolute_path) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/scan/ignore.ipp>
#endif
