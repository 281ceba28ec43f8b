#include <waybill/core/in_file.hpp>
#include <waybill/driver/dagster/registry_load.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/scan/file.hpp>

#include <memory>
#include <utility>

#include "load.hpp"
#include "step.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace dagster = waybill::dagster;
namespace json = waybill::json;
namespace pipes = waybill::dagster_pipes;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// What is to be loaded: a file's request, else the step's extras.
result<dagster::load_request> find_request(load_flags const& flags, dagster::process const& step) {
  if (flags.request.empty()) {
    if (step.inside()) return dagster::read_request(step.about().extras, "extras");
    return make_error(errc::usage, "what is to be loaded? outside of Dagster give a REQUEST file, as scan prints them");
  }
  auto const path = flags.request == "-" ? "/dev/stdin" : flags.request;
  auto const text = waybill::read_file(path);
  if (!text) return text.error();
  auto const document = json::parse(*text);
  if (document) return dagster::read_request(*document, path);
  return waybill::in_file(document.error(), path);
}

result<answer> load(context& world, load_flags const& flags, dagster::process& step) {
  auto request = find_request(flags, step);
  if (!request) return request.error();
  auto const root = flags.root.empty() ? environment("DATASET_DIRECTORY").value_or("") : flags.root;
  if (root.empty()) return make_error(errc::usage, "where is the volume? give --root DIR, or set DATASET_DIRECTORY");
  auto directory = dagster::dataset_directory(root, request->dataset);
  if (!directory) return directory.error();
  loading const job{world, flags, step, std::move(*request), std::move(*directory)};
  if (flags.to == "registry") return load_to_registry(job);
  if (flags.to == "clowder") return load_to_clowder(job);
  return make_error(errc::usage, "--to is clowder or registry, not \"" + flags.to + "\"");
}

application::action load_verb(CLI::App& sub) {
  auto flags = std::make_shared<load_flags>();
  sub.add_option("--to", flags->to, "Where the dataset goes to: clowder or registry")->required();
  sub.add_option("REQUEST", flags->request, "File with a request of scan, - for standard input (default: the extras)");
  sub.add_option("--root", flags->root, "The volume (default: DATASET_DIRECTORY)");
  sub.add_option("--name", flags->name, "Registry: the package (default: made of the dataset's path)");
  sub.add_option("-t,--tag", flags->tags, "Registry: tag of the new version (repeatable)")->allow_extra_args(false);
  sub.add_option("--title", flags->title, "Clowder: title of the dataset (default: its path below the category)");
  sub.add_option("--space", flags->space, "Clowder: space, by name or id (default: SPACE_ID, else the category)");
  sub.add_option("--api", flags->clowder.api, "Clowder: version 1, 2 or auto")->default_val("auto");
  sub.add_option("--stall", flags->clowder.stall, "Clowder: give up a transfer after so many seconds without a byte")
      ->default_val(5);
  sub.add_option("--retries", flags->clowder.retries, "Clowder: further attempts at what fails in passing")
      ->default_val(3);
  sub.add_flag("--insecure", flags->clowder.insecure, "Clowder: take any certificate");
  sub.add_option("--asset", flags->asset, "Key of the asset it becomes, where the step makes several");
  sub.add_option("--check", flags->check, "Report an asset check of this name: whether everything arrived");
  return [=](context& world) {
    return run_step(world, [&](dagster::process& step) { return load(world, *flags, step); });
  };
}

}  // namespace

result<answer> report_loaded(loading const& job, loaded done) {
  answer out{.members = {{"to", job.flags.to}, {"arrived", done.arrived}, {"dry_run", job.world.dry_run}},
             .text = done.text + "\n"};
  for (auto const& [label, one] : done.metadata)
    if (one.type() != "table") json::set_member(out.members, label, one.raw());
  if (job.world.dry_run) return out;
  if (auto const told = job.step.log(pipes::log_level::info, done.text); !told) return told.error();
  if (!done.as_scanned) {
    auto const changed = job.request.dataset + " has changed since it was scanned; this is what it holds now";
    job.world.out.note("waybill: note: " + changed);
    if (auto const told = job.step.log(pipes::log_level::warning, changed); !told) return told.error();
  }
  auto const& asset = job.flags.asset;
  auto const made = report_made(
      job.step, {.asset_key = asset, .metadata = std::move(done.metadata), .data_version = std::move(done.version)});
  if (!made) return made.error();
  if (job.flags.check.empty()) return out;
  auto const checked = job.step.check({.asset_key = asset, .name = job.flags.check, .passed = done.arrived});
  if (!checked) return checked.error();
  return out;
}

void add_load_verb(application& app) {
  app.verb("load", "Load a dataset as a step of Dagster, and report what was made", load_verb,
           application::kind::transfer);
}

}  // namespace waybill_cli
