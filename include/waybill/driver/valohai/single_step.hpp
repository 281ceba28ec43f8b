#pragma once

#include <waybill/config.hpp>
#include <waybill/core/progress.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/driver/valohai/base.hpp>
#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/driver/valohai/phase1.hpp>
#include <waybill/driver/valohai/preparation.hpp>
#include <waybill/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/// Where the platform is told which version an output becomes a part of.
enum class metadata_form : std::uint8_t {
  lines,    ///< `valohai.metadata.jsonl`
  sidecars  ///< a file beside each output, as the published single step does
};

struct single_step_options {
  update_settings common;
  std::vector<std::string> aliases{};
  bool packaging = false;
  bool always = false;  ///< makes a version even where nothing changed
  metadata_form form = metadata_form::lines;
};

/** Writes what changed to the outputs, then the metadata from which the platform makes the new version by itself.

    Metadata needs an output to belong to: where files only went, a marker is written, which the next update takes out
    again. Where nothing changed, nothing is written. The metadata comes last: without it a killed run makes no version.
    @param outputs   null: nothing is written
    @param platform  asked for old content where that is hashed; may be null
    @errors as find_content, prepare_update; errc::refused where the metadata would be larger than `most_metadata` */
[[nodiscard]] WAYBILL_DECL result<update_outcome> run_single_step(update_base base, api const* platform,
                                                                  output_directory const* outputs,
                                                                  single_step_options const& options,
                                                                  job_control const& control);

/// Every output's metadata lists all names that leave the version: the product is bounded, in bytes.
inline constexpr std::uint64_t most_metadata = std::uint64_t{256} << 20;

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/valohai/single_step.ipp>
#endif
