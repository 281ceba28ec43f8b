#pragma once

#include <waybill/driver/valohai/counting.hpp>
#include <waybill/driver/valohai/phase1.hpp>
#include <waybill/driver/valohai/phase2.hpp>

#include "common/console.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// Prints the platform's metadata, one JSON object a line on stdout, at most once a second, and draws the bar.
/// With `--json`, stdout is left to the document.
[[nodiscard]] waybill::valohai::update_callback metadata_reporter(context const& world);

/// What an update found and did, in both forms; the text is the last line of metadata.
[[nodiscard]] answer update_answer(context const& world, waybill::valohai::update_outcome const& done);
[[nodiscard]] answer publication_answer(context const& world, waybill::valohai::update_manifest const& m,
                                        waybill::valohai::phase2_outcome const& done);

}  // namespace waybill_cli
