#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/plan.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// What a phase 2 of ours can check of a new file beyond its name.
struct extended_file {
  std::string name;
  std::string action;  ///< word of a file_action
  std::string reason;  ///< word of a file_reason
  std::uint64_t size = 0;
  std::optional<digest> sha256{};
};

/** `_waybill-manifest.json`: the plan behind a `_dataset-manifest.json`, in a file of its own because the published
    phase 2 takes exactly nine members. It is no data of the new version; the published phase 2 would make it one.
    @format docs/valohai.md; schema `waybill/valohai-manifest/1` */
struct extended_manifest {
  std::string new_version_name;
  std::optional<std::string> old_version_id{};
  std::vector<extended_file> files{};  ///< every name of the plan, in walk order, what is gone last

  /// Null where it says nothing of that name. @complexity O(files)
  [[nodiscard]] extended_file const* find(std::string_view name) const noexcept;
};

[[nodiscard]] WAYBILL_DECL extended_manifest extend(update_plan const& plan, update_manifest const& m);
[[nodiscard]] WAYBILL_DECL std::string write_extended(extended_manifest const& m);
/// @errors as json::parse; errc::malformed_manifest, missing_member, wrong_type, malformed_digest
[[nodiscard]] WAYBILL_DECL result<extended_manifest> read_extended(std::string_view text);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/extended_manifest.ipp>
#endif
