#include <waybill/driver/metaflow/answer.hpp>
#include <waybill/json/write.hpp>

#include <memory>

#include "common/tables.hpp"
#include "task.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace lineage = waybill::lineage;
namespace metaflow = waybill::metaflow;
using waybill::result;

namespace {

struct use_flags {
  std::string store, flow, attempt, data, db, dolt;
  std::vector<std::string> runs, steps;
};

result<metaflow::question> question_of(use_flags const& flags, lineage::record_kind kind) {
  auto const attempts = lineage::parse_attempt_choice(flags.attempt);
  if (!attempts) return attempts.error();
  metaflow::question out{.kind = kind, .runs = flags.runs, .steps = flags.steps, .attempts = *attempts};
  if (!flags.flow.empty()) out.flow = flags.flow;
  if (!flags.db.empty()) out.db = database_name(flags.db);
  return out;
}

/// What people want to know of answers whose data is not, or not all, there.
void remark(context const& world, std::vector<metaflow::step_uses> const& answers) {
  for (auto const& step : answers)
    for (auto const& u : step.uses) {
      auto const* t = u.record.table();
      auto const& a = u.record.attempt;
      auto const who = a.flow + "/" + a.run + "/" + a.step + "/" + a.task + " attempt " + std::to_string(a.number);
      if (u.state != lineage::attempt_state::ok)
        world.out.note("waybill: note: " + who + " did not end well (" + std::string{metaflow::name_of(u.state)} + ")");
      if (t != nullptr && u.record.kind == lineage::record_kind::write && !t->commit)
        world.out.note("waybill: note: " + who + " wrote " + t->table + " and nobody committed it");
    }
}

result<answer> find(context const& world, use_flags const& flags, lineage::record_kind kind) {
  auto const asked = question_of(flags, kind);
  if (!asked) return asked.error();
  auto const store = open_records(world, flags.store, false);
  if (!store) return store.error();
  lineage::scan_report seen;
  auto const found = metaflow::find_uses(*store, *asked, seen);
  if (!found) return found.error();
  remark(world, *found);
  answer out;
  if (flags.data.empty() || world.dry_run) {
    out.members = metaflow::document_of(*found, nullptr);
  } else {
    auto const rows = metaflow::write_rows(*found, flags.data, [&](std::string const& name) {
      return open_tables(world, name, flags.dolt, tables_use::read);
    });
    if (!rows) return rows.error();
    out.members = metaflow::document_of(*found, &*rows);
  }
  tell_damage(world, out, seen);
  out.text = json::compact(out.members) + "\n";
  return out;
}

application::action use_verb(CLI::App& sub, lineage::record_kind kind) {
  auto flags = std::make_shared<use_flags>();
  add_store(sub, flags->store);
  sub.add_option("--flow", flags->flow, "Only runs of this flow");
  sub.add_option("--run", flags->runs, "Only this run: R, or FLOW/R (repeatable)")->allow_extra_args(false);
  sub.add_option("--step", flags->steps, "Only this step (repeatable)")->allow_extra_args(false);
  sub.add_option("--attempt", flags->attempt, "Which attempts of a task: last-ok, all, or a number")
      ->default_val("last-ok");
  sub.add_option("--db", flags->db, "Only tables of this database");
  sub.add_option("--data", flags->data, "Write the rows of each, at the recorded commit, as CSV files below this");
  add_dolt(sub, flags->dolt);
  return [=](context& world) { return find(world, *flags, kind); };
}

application::action reads_verb(CLI::App& sub) { return use_verb(sub, lineage::record_kind::read); }
application::action writes_verb(CLI::App& sub) { return use_verb(sub, lineage::record_kind::write); }

}  // namespace

void add_use_verbs(application& app) {
  app.verb("reads", "What runs and their steps read", reads_verb);
  app.verb("writes", "What they wrote, and what of it nobody committed", writes_verb);
}

}  // namespace waybill_cli
