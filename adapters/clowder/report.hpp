#pragma once

#include <waybill/driver/clowder/comparison.hpp>
#include <waybill/driver/clowder/upload.hpp>

#include "common/console.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// What an upload did, in both forms.
[[nodiscard]] answer upload_answer(context const& world, waybill::clowder::upload_report const& done);
/// What differs between a dataset and a directory, the dataset being the older one.
[[nodiscard]] answer diff_answer(waybill::clowder::directory_comparison const& found);
/// Each difference with its reason.
[[nodiscard]] answer verify_answer(waybill::clowder::directory_comparison const& found, std::string const& dataset);

}  // namespace waybill_cli
