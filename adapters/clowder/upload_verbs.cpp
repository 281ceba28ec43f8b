#include <waybill/driver/clowder/upload.hpp>
#include <waybill/scan/listing.hpp>

#include <memory>
#include <utility>

#include "common/exit_code.hpp"
#include "flags.hpp"
#include "report.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct upload_flags : directory_flags {
  site_flags site;
  std::string title, space, category, license;
  bool extract = false;
};

/// A directory's own name.
result<std::string> title_of(std::string const& directory) {
  auto const real = waybill::detail::real_path(directory);
  if (!real) return real.error();
  return real->substr(real->rfind('/') + 1);
}

result<answer> upload(context& world, upload_flags& flags) {
  auto const place = flags.place();
  if (!place) return place.error();
  auto const how = flags.proof();
  if (!how) return how.error();
  auto const title = flags.title.empty() ? title_of(*place) : result<std::string>{flags.title};
  if (!title) return title.error();
  if (title->empty()) return make_error(errc::usage, "the directory has no name of its own; give --title", *place);
  auto const cache = world.load_stat_cache(*place, {waybill::algorithms::sha256});
  auto const begun = context::now();
  auto const site = flags.site.open(world);
  if (!site) return site.error();
  // What is only looked at, version 1 shows in part to who has a wrong key.
  if (auto const known = world.dry_run ? site->api().check_key() : result<void>{}; !known) return known.error();
  clowder::upload_options options{.directory = *place, .target = {.title = *title}};
  options.target.space = space_here(flags.space);
  options.target.category = flags.category;
  if (!flags.license.empty()) options.target.license = flags.license;
  options.how = *how;
  options.extract = flags.extract;
  options.dry_run = world.dry_run;
  options.cache = &cache;
  auto const done = clowder::upload_directory(site->api(), options, world.control());
  if (!done) return done.error();
  world.keep_stat_cache(clowder::cache_of(*waybill::detail::real_path(*place), done->files), *place, begun);
  tell_remarks(world, *done);
  return upload_answer(world, *done);
}

application::action upload_verb(CLI::App& sub) {
  auto flags = std::make_shared<upload_flags>();
  flags->define(sub);
  flags->site.define(sub);
  sub.add_option("--title", flags->title, "Title of the dataset (default: the directory's name)");
  sub.add_option("--space", flags->space, "Space the dataset lies in, by name or id (default: SPACE_ID)");
  sub.add_option("--category", flags->category, "Noted in the dataset; also names the space where no other is given");
  sub.add_option("--license", flags->license, "Licence of a new dataset (Clowder 2; default: CC BY)");
  sub.add_flag("--extract", flags->extract, "Let the platform's extractors loose on what is uploaded (Clowder 1)");
  return [=](context& world) { return upload(world, *flags); };
}

struct compare_flags : directory_flags {
  site_flags site;
  std::string dataset;

  void define_all(CLI::App& sub) {
    define(sub);
    site.define(sub);
    sub.add_option("--dataset", dataset, "Id of the dataset")->required();
  }
};

result<clowder::directory_comparison> compare(context& world, compare_flags& flags) {
  auto const place = flags.place();
  if (!place) return place.error();
  auto const how = flags.proof();
  if (!how) return how.error();
  auto const cache = world.load_stat_cache(*place, {waybill::algorithms::sha256});
  auto const begun = context::now();
  auto const site = flags.site.open(world);
  if (!site) return site.error();
  auto done = clowder::compare_directory(site->api(), flags.dataset, *place, *how, &cache, world.control());
  if (!done) return done;
  world.keep_stat_cache(clowder::cache_of(*waybill::detail::real_path(*place), done->files), *place, begun);
  return done;
}

application::action diff_verb(CLI::App& sub) {
  auto flags = std::make_shared<compare_flags>();
  flags->define_all(sub);
  return [=](context& world) -> result<answer> {
    auto const done = compare(world, *flags);
    if (!done) return done.error();
    return diff_answer(*done);
  };
}

application::action verify_verb(CLI::App& sub) {
  auto flags = std::make_shared<compare_flags>();
  flags->define_all(sub);
  return [=](context& world) -> result<answer> {
    auto const done = compare(world, *flags);
    if (!done) return done.error();
    return verify_answer(*done, flags->dataset);
  };
}

}  // namespace

void add_upload_verbs(application& app) {
  app.verb("upload", "Make a dataset hold what a directory holds, and prove it", upload_verb);
  app.verb("diff", "Say what an upload into a dataset would find different", diff_verb);
  app.verb("verify", "Check that a dataset holds exactly what a directory holds", verify_verb);
}

}  // namespace waybill_cli
