#pragma once

#include <waybill/driver/metaflow/task.hpp>
#include <waybill/error.hpp>
#include <waybill/lineage/record_store.hpp>

#include <functional>
#include <string>

#include "common/application.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// Which task, and where its records are kept.
struct task_flags {
  std::string store, run, attempt;
};

/// `--store`, and with it `--run` and `--attempt`.
void add_store(CLI::App& sub, std::string& store);
void add_task(CLI::App& sub, task_flags& flags);

/** The run records: a place that a flag names, else `WAYBILL_LINEAGE`, else those beside the registry.
    @param create  make a directory that is missing; a dry run gets an empty store in memory then
    @errors errc::file_not_found where there are none yet; unsupported for places of other kinds; as open_bucket */
[[nodiscard]] waybill::result<waybill::lineage::record_store> open_records(context const& world,
                                                                           std::string const& store, bool create);

/// A database as records name it: a directory without needless parts of its path, so that `./db/` is `db`.
[[nodiscard]] std::string database_name(std::string const& db);

/// Runs a verb for the task that flags or the environment name.
[[nodiscard]] waybill::result<answer> run_task(
    context const& world, task_flags const& flags,
    std::function<waybill::result<answer>(waybill::metaflow::task&)> const& work);

/// Tells people, and adds to a document, which lines of the records were damaged and skipped.
void tell_damage(context const& world, answer& out, waybill::lineage::scan_report const& seen);

/// `{record: …}`, and its text for people.
[[nodiscard]] answer record_answer(context const& world, waybill::lineage::run_record const& r, std::string text);

}  // namespace waybill_cli
