#include <waybill/core/in_file.hpp>
#include <waybill/driver/valohai/base.hpp>
#include <waybill/driver/valohai/single_step.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/protocol/valohai/inputs.hpp>
#include <waybill/protocol/valohai/names.hpp>

#include <memory>

#include "common/exit_code.hpp"
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

struct update_flags : content_flags {
  std::string dataset, dataset_id, base, input;
  std::vector<std::string> aliases;
  bool package = false;
  bool always = false;

  void define_all(CLI::App& sub) {
    define(sub);
    sub.add_option("--dataset", dataset, "Dataset to update: its name, or its id");
    sub.add_option("--dataset-id", dataset_id, "The same, as phase1 takes it: the old state comes from the API");
    sub.add_option("--base", base, "Version the input current stands for (default: latest)");
    sub.add_option("--input", input, "Input that lists the old version's files (default: current)");
  }

  result<void> complete_all(valohai::parameters const& given) {
    for (auto const& r : {complete(given), fill(dataset, given, "dataset"), fill(dataset_id, given, "dataset-id"),
                          fill(base, given, "base"), fill(input, given, "input"), fill(package, given, "package"),
                          fill(always, given, "always")})
      if (!r) return r;
    if (base.empty()) base = "latest";
    if (input.empty()) input = "current";
    if (aliases.empty()) {
      auto listed = given.list("alias");
      if (!listed) return listed.error();
      aliases = std::move(*listed);
    }
    if (dataset.empty() && dataset_id.empty())
      return make_error(errc::usage, "which dataset? give --dataset NAME or --dataset-id ID");
    return {};
  }
};

/// The files of the input that stands for the old version; empty where the execution has no such input.
result<std::optional<std::vector<waybill::valohai::datum>>> input_files(platform const& around,
                                                                        std::string const& name) {
  auto const text = around.inputs_text();
  if (!text) return text.error();
  if (!*text) return std::optional<std::vector<valohai::datum>>{};
  auto const document = waybill::json::parse(**text);
  auto files = document ? valohai::read_input(*document, name) : document.error();
  if (!files) return waybill::in_file(files.error(), around.config("inputs.json"));
  return files;
}

/// The old state: from the input where there is one, else from the API.
result<valohai::update_base> find_base(platform const& around, update_flags const& flags, valohai::api const* api,
                                       valohai::duplicate_policy duplicates) {
  if (flags.dataset_id.empty() && !flags.compat && !valohai::is_id(flags.dataset)) {
    auto files = input_files(around, flags.input);
    if (!files) return files.error();
    if (*files) return valohai::base_of_input(std::move(**files), flags.dataset, flags.base, duplicates);
  }
  if (api == nullptr)
    return make_error(errc::denied, "the old version is not known: declare the input " + flags.input +
                                        " with download: on-demand and --dataset by name, or set VH_API_TOKEN");
  return valohai::base_of_platform(*api, flags.dataset_id.empty() ? flags.dataset : flags.dataset_id, duplicates);
}

result<answer> run(context& world, update_flags& flags, bool only_look) {
  auto around = platform::here(world);
  if (!around) return around.error();
  for (auto const& r : {fill_common(world, around->parameters()), flags.complete_all(around->parameters())})
    if (!r) return r.error();
  world.dry_run = world.dry_run || only_look;
  auto settings = flags.settings(world);
  if (!settings) return settings.error();
  std::optional<valohai::api> api;
  if (platform::has_token(flags.api)) {
    auto opened = around->open_api(flags.api);
    if (!opened) return opened.error();
    api.emplace(std::move(*opened));
  }
  auto base = find_base(*around, flags, api ? &*api : nullptr, settings->duplicates);
  if (!base) return base.error();
  auto const outputs = flags.open_outputs(world, *around);
  if (!outputs) return outputs.error();
  if (!only_look) around->show("comparing the content with the dataset");
  valohai::single_step_options const how{
      .common = std::move(*settings),
      .aliases = flags.aliases,
      .packaging = flags.package,
      .always = flags.always || flags.compat,
      .form = flags.compat ? valohai::metadata_form::sidecars : valohai::metadata_form::lines};
  auto const done = valohai::run_single_step(std::move(*base), api ? &*api : nullptr, *outputs ? &**outputs : nullptr,
                                             how, world.control());
  if (!done) return done.error();
  if (!only_look) around->show(done->plan.empty() ? "nothing changed" : "outputs and their metadata are ready");
  auto out = update_answer(world, *done);
  if (only_look && !done->plan.empty()) out.exit = exit_differences;
  return out;
}

application::action update_verb(CLI::App& sub) {
  auto flags = std::make_shared<update_flags>();
  flags->define_all(sub);
  sub.add_option("--alias", flags->aliases, "Version alias that is to name the new version (repeatable)")
      ->allow_extra_args(false);
  sub.add_flag("--package", flags->package, "Let the platform bundle the new version for download");
  sub.add_flag("--always", flags->always, "Make a version even where nothing changed");
  return [=](context& world) { return run(world, *flags, false); };
}

application::action diff_verb(CLI::App& sub) {
  auto flags = std::make_shared<update_flags>();
  flags->define_all(sub);
  return [=](context& world) { return run(world, *flags, true); };
}

}  // namespace

void add_update_verbs(application& app) {
  app.verb("update", "Update a dataset in one step: outputs, and the metadata that makes the version", update_verb);
  app.verb("diff", "Say what an update would do; nothing is written", diff_verb);
}

}  // namespace waybill_cli
