#pragma once

#include <waybill/config.hpp>
#include <waybill/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** Says of an output which version it becomes a part of, and what else that version is made of: metadata that the
    platform reads from a sidecar or from `valohai.metadata.jsonl`.

    Outputs of one version carry equal ones: in which order the platform applies them is not known.
    @format the published program uds.py; valohai-skills, dataset versions */
struct membership {
  std::string uri;                     ///< the new version
  std::optional<std::string> from{};   ///< the version whose files are taken over; empty: none is
  std::vector<std::string> exclude{};  ///< names that are not, sorted
  std::vector<std::string> aliases{};  ///< version aliases that are to name the new version
  bool packaging = false;              ///< the platform bundles the version for download
};

/// The text of `<file>.metadata.json`, byte for byte that of uds.py where there are no aliases and no packaging.
/// @param other  metadata that the file has besides
[[nodiscard]] WAYBILL_DECL std::string sidecar_text(membership const& m, json::object other = {});

/// The line of `valohai.metadata.jsonl` for one output, line end included.
/// @param file relative to the outputs  @param metadata  its sidecar's text
[[nodiscard]] WAYBILL_DECL std::string metadata_line(std::string_view file, std::string_view metadata);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/membership.ipp>
#endif
