#pragma once

#include <waybill/config.hpp>
#include <waybill/core/digest.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/protocol/valohai/comparison.hpp>
#include <waybill/protocol/valohai/previous_files.hpp>
#include <waybill/protocol/valohai/update_manifest.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// One name, and what the update does about it.
struct planned_file {
  std::string name;
  waybill::valohai::verdict verdict;
  std::uint64_t size = 0;  ///< bytes; of a removed file the old ones
  digest_set digests{};    ///< of the content, as far as it was read; of a removed file the platform's
};

/** What an update does, name by name.

    The platform has no renaming: a file under another name is an upload and an exclusion; `renamed` only says so. */
struct update_plan {
  std::vector<planned_file> files{};                           ///< of the content, in walk order
  std::vector<planned_file> removed{};                         ///< of the old version alone, in walk order
  std::vector<std::pair<std::string, std::string>> renamed{};  ///< from a name of `removed` to an added one

  [[nodiscard]] std::uint64_t count(file_action action) const noexcept;
  /// True where the new version would hold what the old one holds.
  [[nodiscard]] bool empty() const noexcept;
};

/** Completes a plan: finds what is gone and what only changed its name.
    @param content  every file of the content with its verdict */
[[nodiscard]] WAYBILL_DECL update_plan make_plan(std::vector<planned_file> content, previous_files const& before);

/// Names of what is uploaded, sorted by bytes.
[[nodiscard]] WAYBILL_DECL std::vector<std::string> new_names(update_plan const& plan);
/// Names that leave the old version, sorted by bytes: what changed and what is gone.
[[nodiscard]] WAYBILL_DECL std::vector<std::string> excluded_names(update_plan const& plan);
/// Name and datum id of what stays, in the old version's order.
[[nodiscard]] WAYBILL_DECL std::vector<std::pair<std::string, std::string>> kept_data(update_plan const& plan,
                                                                                      previous_files const& before);

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/plan.ipp>
#endif
