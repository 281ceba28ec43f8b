// What scripts do piece by piece, each as repeatable as a whole upload.
#include <waybill/driver/clowder/target.hpp>
#include <waybill/driver/clowder/upload.hpp>
#include <waybill/scan/listing.hpp>

#include <memory>
#include <utility>

#include "flags.hpp"
#include "report.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct piece_flags {
  site_flags site;
  std::string name, space, license;
  std::vector<std::string> files;
};

answer id_answer(context const& world, std::string const& id, bool made) {
  answer out;
  out.members = {{"id", id.empty() ? waybill::json::value{} : waybill::json::value{id}},
                 {"made", made},
                 {"dry_run", world.dry_run}};
  out.text = (id.empty() ? "would be made" : id) + "\n";
  return out;
}

application::action space_verb(CLI::App& sub) {
  auto flags = std::make_shared<piece_flags>();
  flags->site.define(sub);
  sub.add_option("NAME", flags->name, "Exact name of the space, or its id")->required();
  return [=](context& world) -> result<answer> {
    auto const site = flags->site.open(world);
    if (!site) return site.error();
    auto const before = clowder::choose_space(site->api(), flags->name, false);
    if (!before) return before.error();
    if (!before->empty() || world.dry_run) return id_answer(world, *before, false);
    auto const made = clowder::choose_space(site->api(), flags->name, true);
    if (!made) return made.error();
    return id_answer(world, *made, true);
  };
}

application::action dataset_verb(CLI::App& sub) {
  auto flags = std::make_shared<piece_flags>();
  flags->site.define(sub);
  sub.add_option("TITLE", flags->name, "Title of the dataset")->required();
  sub.add_option("--space", flags->space, "Space it lies in, by name or id (default: SPACE_ID)");
  sub.add_option("--license", flags->license, "Licence of a new dataset (Clowder 2; default: CC BY)");
  return [=](context& world) -> result<answer> {
    auto const site = flags->site.open(world);
    if (!site) return site.error();
    clowder::upload_target target{.title = flags->name};
    target.space = space_here(flags->space);
    if (!flags->license.empty()) target.license = flags->license;
    auto const chosen = clowder::choose_dataset(site->api(), target, !world.dry_run);
    if (!chosen) return chosen.error();
    return id_answer(world, chosen->id, chosen->made);
  };
}

/// The directory that all files lie in, and their names there.
result<clowder::upload_options> files_of_one_directory(std::vector<std::string> const& files) {
  clowder::upload_options out{.directory = {}, .target = {.title = {}}};
  for (auto const& file : files) {
    auto const slash = file.rfind('/');
    auto const directory = waybill::detail::real_path(slash == std::string::npos ? "." : file.substr(0, slash + 1));
    if (!directory) return directory.error();
    if (!out.directory.empty() && out.directory != *directory)
      return make_error(errc::usage, "the files lie in several directories; add those of each on their own", file);
    out.directory = *directory;
    out.only.push_back(slash == std::string::npos ? file : file.substr(slash + 1));
  }
  return out;
}

application::action add_verb(CLI::App& sub) {
  auto flags = std::make_shared<piece_flags>();
  flags->site.define(sub);
  sub.add_option("ID", flags->name, "Id of the dataset")->required();
  sub.add_option("FILE", flags->files, "Files of one directory")->required();
  return [=](context& world) -> result<answer> {
    auto options = files_of_one_directory(flags->files);
    if (!options) return options.error();
    auto const site = flags->site.open(world);
    if (!site) return site.error();
    options->dataset = flags->name;
    options->dry_run = world.dry_run;
    auto const done = clowder::upload_directory(site->api(), *options, world.control());
    if (!done) return done.error();
    tell_remarks(world, *done);
    return upload_answer(world, *done);
  };
}

}  // namespace

void add_piece_verbs(application& app) {
  app.verb("space", "The id of a space, which is made when it is missing", space_verb);
  app.verb("dataset", "The id of a dataset, which is made when it is missing", dataset_verb);
  app.verb("add", "Upload some files of a directory into a dataset, and prove it", add_verb);
}

}  // namespace waybill_cli
