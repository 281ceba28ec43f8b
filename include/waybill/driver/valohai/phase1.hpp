#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/driver/valohai/base.hpp>
#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/driver/valohai/preparation.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/valohai/update_manifest.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

struct phase1_options {
  update_settings common;
  std::string dataset;                        ///< its id, or its name
  std::optional<std::string> execution_id{};  ///< whose outputs these are
  bool extended = false;                      ///< also writes `_waybill-manifest.json`
  bool move = false;                          ///< removes what was copied from the content, at the very end
  bool exact_name = false;                    ///< the version's name stays as it is even where the old version has it
};

/// What was found, and what is to happen.
struct update_outcome {
  update_base base;
  std::string version_name;
  std::string version_uri;
  update_plan plan;
  std::uint64_t bytes_read = 0;  ///< of the content
};

/** Writes what changed since the dataset's latest version to the outputs, then `_dataset-manifest.json`.

    A manifest of an earlier run is removed first and the new one comes last: at every moment one that is there names
    only files that are there, whole. A run that was killed can be repeated and ends in the same state; with `move` that
    is refused where a manifest says that the content was moved already.
    @param outputs  null: nothing is written
    @errors as find_content, base_of_platform, prepare_update; errc::refused as said */
[[nodiscard]] WAYBILL_DECL result<update_outcome> run_phase1(api const& platform, output_directory const* outputs,
                                                             phase1_options const& options, job_control const& control);

namespace detail {
/// The name of the new version; that of the old one gets a suffix unless `exact`. @errors as check_uri_part
[[nodiscard]] WAYBILL_DECL result<std::string> choose_version_name(update_settings const& settings,
                                                                   update_base const& base, bool exact);
}  // namespace detail

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/phase1.ipp>
#endif
