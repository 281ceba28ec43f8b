#pragma once

#include <waybill/driver/metaflow/task.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/record_store.hpp>

#include <functional>
#include <string>

#include "common/application.hpp"
#include "common/context.hpp"
#include "common/records.hpp"

namespace waybill_cli {

/// Which task, and where its records are kept.
struct task_flags {
  std::string store, run, attempt;
};

/// `--store`, `--run` and `--attempt`.
void add_task(CLI::App& sub, task_flags& flags);

/// Runs a verb for the task that flags or the environment name.
[[nodiscard]] waybill::result<answer> run_task(
    context const& world, task_flags const& flags,
    std::function<waybill::result<answer>(waybill::metaflow::task&)> const& work);

/// Tells people, and adds to a document, which lines of the records were damaged and skipped.
void tell_damage(context const& world, answer& out, waybill::lineage::scan_report const& seen);

/// `{record: …}`, and its text for people.
[[nodiscard]] answer record_answer(context const& world, waybill::lineage::run_record const& r, std::string text);

}  // namespace waybill_cli
