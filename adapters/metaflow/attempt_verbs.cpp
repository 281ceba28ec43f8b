#include <waybill/driver/metaflow/answer.hpp>
#include <waybill/json/write.hpp>

#include <memory>

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

application::action begin_verb(CLI::App& sub) {
  auto flags = std::make_shared<task_flags>();
  add_task(sub, *flags);
  return [=](context& world) {
    return run_task(world, *flags, [&](metaflow::task& task) -> result<answer> {
      auto const r = task.begin();
      return r ? result<answer>{record_answer(world, *r, {})} : r.error();
    });
  };
}

struct end_flags {
  task_flags task;
  std::string status, error;
};

result<lineage::run_record> end_attempt(metaflow::task& task, end_flags const& flags) {
  if (flags.status != "ok" && flags.status != "fail")
    return make_error(errc::usage, "--status is ok or fail, not \"" + flags.status + "\"");
  if (flags.status == "ok" && !flags.error.empty())
    return make_error(errc::usage, "--error is the type of the error of a failed attempt; this one is ok");
  auto const status = flags.status == "ok" ? lineage::end_status::ok : lineage::end_status::fail;
  return task.end(status, flags.error.empty() ? std::nullopt : std::optional{flags.error});
}

result<answer> end(context const& world, metaflow::task& task, end_flags const& flags) {
  auto const ended = end_attempt(task, flags);
  if (!ended) return ended.error();
  lineage::scan_report seen;
  auto records = task.records(seen);
  if (!records) return records.error();
  if (world.dry_run) records->push_back(*ended);
  json::array rows;
  for (auto const& r : *records) rows.emplace_back(metaflow::document_of(r));
  answer out{.members = {{"records", std::move(rows)}}, .text = {}, .rows = "records"};
  tell_damage(world, out, seen);
  out.text = json::compact(out.members) + "\n";
  return out;
}

application::action end_verb(CLI::App& sub) {
  auto flags = std::make_shared<end_flags>();
  add_task(sub, flags->task);
  sub.add_option("--status", flags->status, "ok or fail")->required();
  sub.add_option("--error", flags->error, "Type of the error that failed it");
  return [=](context& world) {
    return run_task(world, flags->task, [&](metaflow::task& task) { return end(world, task, *flags); });
  };
}

}  // namespace

void add_attempt_verbs(application& app) {
  app.verb("begin", "Record that an attempt of a task begins", begin_verb);
  app.verb("end", "Record how it ended, and print all that is recorded of it", end_verb);
}

}  // namespace waybill_cli
