#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** What phase 1 tells phase 2: which outputs are new and which data of the old version stay.

    The nine members of `_dataset-manifest.json`, no more and no fewer: the published phase 2 refuses any other. */
struct update_manifest {
  std::string dataset_id;
  std::vector<std::string> exclude{};                       ///< names that leave the old version, sorted
  std::optional<std::string> execution_id{};                ///< the execution whose outputs are meant
  std::vector<std::pair<std::string, std::string>> keep{};  ///< name and datum id, in the old version's order
  std::vector<std::string> new_files{};                     ///< names of outputs, sorted (member `new`)
  std::string new_version_name;
  std::string new_version_uri;
  std::optional<std::string> old_version_id{};
  std::optional<std::string> old_version_uri{};

  /// True where the new version would be the old one.
  [[nodiscard]] bool changes_nothing() const noexcept {
    return new_files.empty() && exclude.empty() && old_version_id.has_value();
  }
};

/// The file's bytes, without a line end. @format vectors `tests/vectors/valohai`: Python's json.dumps, keys in order
[[nodiscard]] WAYBILL_DECL std::string write_manifest(update_manifest const& m);

/** Reads the file, ours or that of the published phase 1.
    @errors as json::parse; errc::malformed_manifest for members too many, names that stand twice or in two lists, and
            lists in no order; missing_member, wrong_type */
[[nodiscard]] WAYBILL_DECL result<update_manifest> read_manifest(std::string_view text);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/update_manifest.ipp>
#endif
