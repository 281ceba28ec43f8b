#include "task.hpp"

#include <waybill/driver/metaflow/answer.hpp>

#include <utility>

namespace waybill_cli {
namespace lineage = waybill::lineage;
namespace metaflow = waybill::metaflow;
using waybill::result;

void add_task(CLI::App& sub, task_flags& flags) {
  add_store(sub, flags.store);
  sub.add_option("--run", flags.run, "The task, as FLOW/RUN/STEP/TASK (default: MF_PATHSPEC)");
  sub.add_option("--attempt", flags.attempt, "Number of its attempt, from 0 (default: MF_ATTEMPT)");
}

result<answer> run_task(context const& world, task_flags const& flags,
                        std::function<result<answer>(metaflow::task&)> const& work) {
  metaflow::identity_texts given;
  if (!flags.run.empty()) given.pathspec = flags.run;
  if (!flags.attempt.empty()) given.attempt = flags.attempt;
  auto who = metaflow::read_identity(metaflow::or_environment(std::move(given), environment));
  if (!who) return who.error();
  auto store = open_records(world, flags.store, true);
  if (!store) return store.error();
  metaflow::task task{*store, std::move(*who), context::now, world.dry_run};
  return work(task);
}

void tell_damage(context const& world, answer& out, lineage::scan_report const& seen) {
  for (auto const& d : seen.damaged)
    world.out.note("waybill: warning: " + d.key + " line " + std::to_string(d.line) +
                   " is skipped: " + d.why.message());
  out.members.emplace_back("damaged", metaflow::damage_of(seen));
}

answer record_answer(context const& world, lineage::run_record const& r, std::string text) {
  return {.members = {{"record", metaflow::document_of(r)}, {"dry_run", world.dry_run}}, .text = std::move(text)};
}

}  // namespace waybill_cli
