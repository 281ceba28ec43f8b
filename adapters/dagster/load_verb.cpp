#include <waybill/driver/dagster/registry_load.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/scan/file.hpp>

#include <memory>

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

struct load_flags {
  std::string to, request, root, name, asset, check;
  std::vector<std::string> tags;
};

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
  auto e = document.error();
  e.path = path + (e.path.empty() ? "" : ", " + e.path);
  return e;
}

/// What the run shows, then the asset and its check.
result<void> report(dagster::process& step, load_flags const& flags, pipes::metadata metadata, std::string version,
                    bool arrived) {
  auto const made = report_made(
      step, {.asset_key = flags.asset, .metadata = std::move(metadata), .data_version = std::move(version)});
  if (!made || flags.check.empty()) return made;
  return step.check({.asset_key = flags.asset, .name = flags.check, .passed = arrived});
}

result<answer> load_to_registry(context& world, load_flags const& flags, dagster::process& step,
                                dagster::load_request const& request, std::string const& directory) {
  auto const name =
      waybill::package_name::parse(flags.name.empty() ? dagster::package_name_for(request.dataset) : flags.name);
  if (!name) return name.error();
  auto to = world.open_registry_to_push();
  if (!to) return to.error();
  auto const cache = world.load_stat_cache(directory, {waybill::algorithms::sha2_256_chunked});
  auto const begun = context::now();
  auto done = dagster::load_to_registry(*to, request, directory, *name,
                                        {.tags = flags.tags, .now = begun, .cache = &cache, .dry_run = world.dry_run},
                                        world.control(*to));
  if (!done) return done.error();
  auto& push = done->push;
  if (push.fresh) world.keep_stat_cache(std::move(*push.fresh), directory, begun);
  else world.keep_stat_cache(push.tree, begun);
  auto const hash = push.pushed.top_hash().hex();
  auto metadata = dagster::metadata_of(*done, request, to->location());
  auto const text = request.dataset + " is " + name->str() + "@" + short_hash(hash) + " in " + to->location() + ": " +
                    (push.new_version ? "a new version, " : "no change, ") + counted(push.data.files_copied, "file") +
                    " copied, " + human_bytes(push.data.bytes_copied);
  if (auto const told = step.log(pipes::log_level::info, text); !told) return told.error();
  if (!done->as_scanned) {
    auto const changed = request.dataset + " has changed since it was scanned; this is what it holds now";
    world.out.note("waybill: note: " + changed);
    if (auto const told = step.log(pipes::log_level::warning, changed); !told) return told.error();
  }
  answer out{.members = {{"to", "registry"}, {"arrived", done->arrived()}, {"dry_run", world.dry_run}},
             .text = text + "\n"};
  for (auto const& [label, one] : metadata)
    if (one.type() != "table") json::set_member(out.members, label, one.raw());
  if (!world.dry_run)
    if (auto const told = report(step, flags, std::move(metadata), hash, done->arrived()); !told) return told.error();
  if (!done->arrived())
    return make_error(errc::object_not_found,
                      "of " + counted(push.pushed.entries().size(), "file") + " only " + std::to_string(done->held) +
                          " are in the registry; waybill push --check puts them back",
                      name->str());
  return out;
}

result<answer> load(context& world, load_flags const& flags, dagster::process& step) {
  auto const request = find_request(flags, step);
  if (!request) return request.error();
  auto const root = flags.root.empty() ? environment("DATASET_DIRECTORY").value_or("") : flags.root;
  if (root.empty()) return make_error(errc::usage, "where is the volume? give --root DIR, or set DATASET_DIRECTORY");
  auto const directory = dagster::dataset_directory(root, request->dataset);
  if (!directory) return directory.error();
  if (flags.to == "registry") return load_to_registry(world, flags, step, *request, *directory);
  return make_error(errc::usage, "--to is clowder or registry, not \"" + flags.to + "\"");
}

application::action load_verb(CLI::App& sub) {
  auto flags = std::make_shared<load_flags>();
  sub.add_option("--to", flags->to, "Where the dataset goes to: clowder or registry")->required();
  sub.add_option("REQUEST", flags->request, "File with a request of scan, - for standard input (default: the extras)");
  sub.add_option("--root", flags->root, "The volume (default: DATASET_DIRECTORY)");
  sub.add_option("--name", flags->name, "Package (default: made of the dataset's path)");
  sub.add_option("-t,--tag", flags->tags, "Tag of the new version (repeatable)")->allow_extra_args(false);
  sub.add_option("--asset", flags->asset, "Key of the asset it becomes, where the step makes several");
  sub.add_option("--check", flags->check, "Report an asset check of this name: whether everything arrived");
  return [=](context& world) {
    return run_step(world, [&](dagster::process& step) { return load(world, *flags, step); });
  };
}

}  // namespace

void add_load_verb(application& app) {
  app.verb("load", "Load a dataset as a step of Dagster, and report what was made", load_verb,
           application::kind::transfer);
}

}  // namespace waybill_cli
