#include <waybill/core/in_file.hpp>
#include <waybill/driver/valohai/phase1.hpp>
#include <waybill/driver/valohai/phase2.hpp>
#include <waybill/protocol/valohai/names.hpp>
#include <waybill/scan/file.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "content_flags.hpp"
#include "platform.hpp"
#include "report.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace valohai = waybill::valohai;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct phase1_flags : content_flags {
  std::string dataset;
  bool move = false;
  bool extended = false;
};

application::action phase1_verb(CLI::App& sub) {
  auto flags = std::make_shared<phase1_flags>();
  flags->define(sub);
  sub.add_option("--dataset-id", flags->dataset, "Dataset to update: its id, or its name");
  sub.add_flag("--move", flags->move, "Remove from the content what was copied, once all is done");
  sub.add_flag("--extended", flags->extended, "Also write _waybill-manifest.json, by which phase2 checks the uploads");
  return [=](context& world) -> result<answer> {
    auto around = platform::here(world);
    if (!around) return around.error();
    auto const& given = around->parameters();
    for (auto const& r : {fill_common(world, given), flags->complete(given), fill(flags->dataset, given, "dataset-id"),
                          fill(flags->extended, given, "extended"), fill(flags->move, given, "move")})
      if (!r) return r.error();
    if (flags->dataset.empty()) return make_error(errc::usage, "which dataset? give --dataset-id ID");
    if (flags->compat && flags->extended)
      return make_error(errc::usage, "--extended is not for --compat: the published phase 2 would publish its file");
    auto settings = flags->settings(world);
    if (!settings) return settings.error();
    auto const api = around->open_api(flags->api);
    if (!api) return api.error();
    auto const outputs = flags->open_outputs(world, *around);
    if (!outputs) return outputs.error();
    if (!around->execution_id())
      world.out.note("VH_EXECUTION_ID is not set: phase2 will refuse the manifest, which names no execution");
    around->show("comparing the content with the dataset");
    auto const done = valohai::run_phase1(*api, *outputs ? &**outputs : nullptr,
                                          {.common = std::move(*settings),
                                           .dataset = flags->dataset,
                                           .execution_id = around->execution_id(),
                                           .extended = flags->extended,
                                           .move = flags->move,
                                           .exact_name = flags->compat},
                                          world.control());
    if (!done) return done.error();
    around->show("outputs and manifest are ready");
    return update_answer(world, *done);
  };
}

struct phase2_flags {
  std::string manifest, checks;
  bool force = false;
  bool always = false;
  bool compat = false;
  api_flags api;
};

/// The manifest among an input's files: the one of that name, else the only one of a JSON file's name.
result<std::string> find_manifest(std::string const& directory) {
  auto const named = directory + "/" + std::string{valohai::manifest_name};
  std::error_code failed;
  if (std::filesystem::exists(named, failed)) return named;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == ".json" && at->path().filename() != valohai::extended_manifest_name)
      found.push_back(at->path().string());
  if (found.size() == 1) return found.front();
  return make_error(found.empty() ? errc::file_not_found : errc::usage,
                    found.empty() ? "no manifest of phase 1 is here; give --manifest FILE"
                                  : "several files could be the manifest; give --manifest FILE",
                    directory);
}

/// What phase 1 left beside its manifest, or where a flag says.
result<std::optional<valohai::extended_manifest>> read_checks(phase2_flags const& flags, std::string const& manifest) {
  auto const beside = std::filesystem::path{manifest}.parent_path() / valohai::extended_manifest_name;
  auto const path = flags.checks.empty() ? beside.string() : flags.checks;
  auto const text = waybill::read_file(path);
  if (!text && flags.checks.empty() && text.error().code == waybill::condition::not_found)
    return std::optional<valohai::extended_manifest>{};
  if (!text) return text.error();
  auto read = valohai::read_extended(*text);
  if (read) return std::optional{std::move(*read)};
  return waybill::in_file(read.error(), path);
}

application::action phase2_verb(CLI::App& sub) {
  auto flags = std::make_shared<phase2_flags>();
  sub.add_option("--manifest", flags->manifest, "Manifest of phase 1 (default: in the input manifest)");
  sub.add_option("--extended-manifest", flags->checks, "Its _waybill-manifest.json (default: beside it, or an output)");
  sub.add_flag("--force", flags->force, "Publish even where the dataset has moved on");
  sub.add_flag("--always", flags->always, "Publish even where nothing changed");
  sub.add_flag("--compat", flags->compat, "Ask and publish as the published program");
  define_api_flags(sub, flags->api);
  return [=](context& world) -> result<answer> {
    auto around = platform::here(world);
    if (!around) return around.error();
    auto const& given = around->parameters();
    for (auto const& r : {fill_common(world, given), fill(flags->force, given, "force"),
                          fill(flags->always, given, "always"), fill(flags->compat, given, "compat")})
      if (!r) return r.error();
    auto const path = flags->manifest.empty() ? find_manifest(around->input("manifest")) : flags->manifest;
    if (!path) return path.error();
    auto const text = waybill::read_file(*path);
    if (!text) return text.error();
    auto manifest = valohai::read_manifest(*text);
    if (!manifest) return waybill::in_file(manifest.error(), *path);
    auto checks = read_checks(*flags, *path);
    if (!checks) return checks.error();
    auto const api = around->open_api(flags->api);
    if (!api) return api.error();
    valohai::phase2_options const how{.manifest = std::move(*manifest),
                                      .checks = std::move(*checks),
                                      .force = flags->force,
                                      .always = flags->always || flags->compat,
                                      .dry_run = world.dry_run,
                                      .paging = flags->compat ? valohai::paging::until_empty : valohai::paging::next};
    around->show("publishing " + how.manifest.new_version_uri);
    auto const done = valohai::run_phase2(*api, how);
    if (!done) return done.error();
    around->show("published " + how.manifest.new_version_uri);
    return publication_answer(world, how.manifest, *done);
  };
}

}  // namespace

void add_phase_verbs(application& app) {
  app.verb("phase1", "Compare content with a dataset's latest version; write what changed, and a manifest",
           phase1_verb);
  app.verb("phase2", "Publish the version that a manifest of phase 1 describes", phase2_verb);
}

}  // namespace waybill_cli
