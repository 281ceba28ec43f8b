#include <waybill/driver/metaflow/answer.hpp>
#include <waybill/json/write.hpp>
#include <waybill/lineage/open_lineage.hpp>

#include <memory>

#include "common/exit_code.hpp"
#include "common/tables.hpp"
#include "task.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
namespace lineage = waybill::lineage;
namespace metaflow = waybill::metaflow;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct question_flags {
  std::string store, what, db, flow;
  std::vector<std::string> runs;
};

// -- same-inputs --------------------------------------------------------------------------------------------------

std::string text_of(lineage::input_difference const& d) {
  std::string out = (d.data.db.empty() ? "package " : "table ") + d.data.name;
  if (!d.data.db.empty()) out += " of " + d.data.db;
  if (!d.data.query.empty()) out += ", by " + d.data.query;
  out += " differs:\n";
  for (auto const& v : d.versions) {
    std::string contents;
    for (auto const& c : v.contents) contents += (contents.empty() ? "" : ", ") + c;
    for (auto const& run : v.runs)
      out.append("  ").append(run.flow).append("/").append(run.run).append(
          contents.empty() ? " did not read it" : " read " + contents) += '\n';
  }
  return out;
}

result<answer> compare_inputs(context const& world, question_flags const& flags) {
  std::vector<lineage::run_name> runs;
  json::array names;
  for (auto const& text : flags.runs) {
    auto run = metaflow::parse_run(text);
    if (!run) return run.error();
    runs.push_back(std::move(*run));
    names.emplace_back(text);
  }
  auto const store = open_records(world, flags.store, false);
  if (!store) return store.error();
  lineage::scan_report seen;
  auto const differences = lineage::same_inputs(*store, runs, {}, seen);
  if (!differences) return differences.error();
  json::array rows;
  answer out;
  for (auto const& d : *differences) {
    rows.emplace_back(metaflow::document_of(d));
    out.text += text_of(d);
  }
  if (differences->empty()) out.text = "All " + std::to_string(runs.size()) + " runs read the same data\n";
  else out.exit = exit_differences;
  out.members = {{"same", differences->empty()}, {"runs", std::move(names)}, {"differences", std::move(rows)}};
  out.rows = "differences";
  tell_damage(world, out, seen);
  return out;
}

application::action same_inputs_verb(CLI::App& sub) {
  auto flags = std::make_shared<question_flags>();
  sub.add_option("RUN", flags->runs, "Runs, as FLOW/RUN")->required();
  add_store(sub, flags->store);
  return [=](context& world) { return compare_inputs(world, *flags); };
}

// -- who-wrote ----------------------------------------------------------------------------------------------------

result<std::variant<lineage::table_version, lineage::package_version>> version_of(question_flags const& flags) {
  auto const at = flags.what.rfind('@');
  if (at == std::string::npos || at == 0 || at + 1 == flags.what.size())
    return make_error(errc::usage, "whose writer is asked for? TABLE@COMMIT with --db DB, or NAME@TOPHASH of a package",
                      flags.what);
  auto name = flags.what.substr(0, at), version = flags.what.substr(at + 1);
  if (flags.db.empty()) return lineage::package_version{std::move(name), std::move(version)};
  return lineage::table_version{.db = database_name(flags.db), .table = std::move(name), .commit = std::move(version)};
}

result<answer> find_writers(context const& world, question_flags const& flags) {
  auto const what = version_of(flags);
  if (!what) return what.error();
  auto const store = open_records(world, flags.store, false);
  if (!store) return store.error();
  lineage::scan_report seen;
  json::array rows;
  answer out;
  auto const note = [&](lineage::found_record const& f) -> result<void> {
    rows.emplace_back(metaflow::document_of(f.record, f.state));
    auto const& a = f.record.attempt;
    out.text += a.flow + "/" + a.run + "/" + a.step + "/" + a.task + " attempt " + std::to_string(a.number) + " (" +
                std::string{metaflow::name_of(f.state)} + ")\n";
    return {};
  };
  if (auto const done = lineage::who_wrote(*store, *what, note, seen); !done) return done.error();
  out.members = {{"writers", std::move(rows)}};
  out.rows = "writers";
  tell_damage(world, out, seen);
  return out;
}

application::action who_wrote_verb(CLI::App& sub) {
  auto flags = std::make_shared<question_flags>();
  sub.add_option("VERSION", flags->what, "TABLE@COMMIT with --db, or NAME@TOPHASH of a package")->required();
  sub.add_option("--db", flags->db, "The table's database, as it was named");
  add_store(sub, flags->store);
  return [=](context& world) { return find_writers(world, *flags); };
}

// -- export -------------------------------------------------------------------------------------------------------

result<answer> export_events(context const& world, question_flags const& flags) {
  if (flags.what != "openlineage")
    return make_error(errc::usage, "the format is openlineage, not \"" + flags.what + "\"");
  auto const selections =
      metaflow::select_runs(flags.flow.empty() ? std::nullopt : std::optional{flags.flow}, flags.runs);
  if (!selections) return selections.error();
  auto const store = open_records(world, flags.store, false);
  if (!store) return store.error();
  lineage::scan_report seen;
  json::array events;
  answer out;
  auto const add = [&](lineage::run_log const& log) -> result<void> {
    for (auto& event : lineage::open_lineage_events(log)) {
      if (world.out.format == output_format::text) out.text += json::compact(event) + "\n";
      else events.push_back(std::move(event));
    }
    return {};
  };
  for (auto const& runs : *selections) {
    auto const before = seen.runs;
    if (auto const done = store->for_each_run(runs, add, seen); !done) return done.error();
    if (!runs.runs.empty() && seen.runs == before)
      return make_error(errc::object_not_found, "there is no record of such a run", runs.runs.front());
  }
  out.members = {{"events", std::move(events)}};
  out.rows = "events";
  tell_damage(world, out, seen);
  return out;
}

application::action export_verb(CLI::App& sub) {
  auto flags = std::make_shared<question_flags>();
  sub.add_option("FORMAT", flags->what, "openlineage: events of OpenLineage 2-0-2, one a line")->required();
  sub.add_option("--flow", flags->flow, "Only runs of this flow");
  sub.add_option("--run", flags->runs, "Only this run: R, or FLOW/R (repeatable)")->allow_extra_args(false);
  add_store(sub, flags->store);
  return [=](context& world) { return export_events(world, *flags); };
}

}  // namespace

void add_question_verbs(application& app) {
  app.verb("same-inputs", "Whether runs read the same data, and where not, who read what", same_inputs_verb);
  app.verb("who-wrote", "Which attempt wrote a version of a table or package", who_wrote_verb);
  app.verb("export", "Run records as events for other tools", export_verb);
}

}  // namespace waybill_cli
