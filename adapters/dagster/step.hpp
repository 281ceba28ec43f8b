#pragma once

#include <waybill/driver/dagster/process.hpp>
#include <waybill/error.hpp>

#include <functional>
#include <vector>

#include "common/context.hpp"

namespace waybill_cli {

/// Takes the parameters of Dagster Pipes out of the command line, and keeps them for `run_step`. @return what is left
[[nodiscard]] std::vector<char const*> take_step_parameters(int argc, char const* const* argv);

/** Runs a verb as a step of Dagster, or plainly outside of it.

    A failure is told to Dagster and returned, and so is an answer whose exit code is not 0. What cannot be told is an
    error.
    @errors as dagster::process::start and finish; those of `work` */
[[nodiscard]] waybill::result<answer> run_step(
    context const& world, std::function<waybill::result<answer>(waybill::dagster::process&)> const& work);

/// What a step made: its asset, or, where a step makes none, a message with the same values.
[[nodiscard]] waybill::result<void> report_made(waybill::dagster::process& step,
                                                waybill::dagster_pipes::materialization made);

}  // namespace waybill_cli
