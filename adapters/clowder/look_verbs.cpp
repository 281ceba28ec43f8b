#include <waybill/core/utf8.hpp>
#include <waybill/driver/clowder/dataset.hpp>
#include <waybill/driver/clowder/download.hpp>

#include <memory>
#include <utility>

#include "flags.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

json::array texts(std::vector<std::string> const& from) {
  json::array out;
  for (auto const& text : from) out.emplace_back(text);
  return out;
}

struct look_flags {
  site_flags site;
  std::string dataset, directory;
  bool bag = false;
};

result<answer> download_archive(context& world, clowder::api const& platform, look_flags const& flags) {
  auto const name = flags.dataset + ".zip";
  std::uint64_t size = 0;
  if (!clowder::is_id(flags.dataset))
    return make_error(errc::object_not_found, "there is no dataset of this id", flags.dataset);
  if (!world.dry_run) {
    auto const got = clowder::download_bag(platform, flags.dataset, flags.directory, name, world.control());
    if (!got) return got.error();
    size = *got;
  }
  answer out;
  out.members = {{"dataset", flags.dataset},
                 {"location", flags.directory},
                 {"added", json::array{name}},
                 {"bytes", number(size)},
                 {"dry_run", world.dry_run}};
  out.text = flags.directory + "/" + name + ", " + human_bytes(size) + "\n";
  return out;
}

result<answer> download(context& world, look_flags& flags) {
  auto const site = flags.site.open(world);
  if (!site) return site.error();
  if (flags.bag) return download_archive(world, site->api(), flags);
  auto control = world.control();
  if (control.workers == 0) control.workers = site->api().options().uploads;
  auto const done = clowder::download_dataset(site->api(), flags.dataset, flags.directory, world.dry_run, control);
  if (!done) return done.error();
  answer out;
  out.members = {{"dataset", flags.dataset},
                 {"location", flags.directory},
                 {"added", texts(done->added)},
                 {"replaced", texts(done->replaced)},
                 {"unchanged", number(done->unchanged)},
                 {"unchecked", texts(done->unchecked)},
                 {"bytes", number(done->bytes)},
                 {"dry_run", world.dry_run}};
  out.text = counted(done->added.size() + done->replaced.size(), "file") + ", " + human_bytes(done->bytes) +
             (world.dry_run ? " would be downloaded; " : " downloaded; ") + counted(done->unchanged, "file") +
             " there already\n";
  if (!done->unchecked.empty())
    world.out.note("waybill: note: nobody recorded digests of " + counted(done->unchecked.size(), "file") +
                   ": checked by size only");
  return out;
}

application::action download_verb(CLI::App& sub) {
  auto flags = std::make_shared<look_flags>();
  flags->site.define(sub);
  sub.add_option("ID", flags->dataset, "The dataset")->required();
  sub.add_option("DIR", flags->directory, "Where it is to lie; made when it is missing")->required();
  sub.add_flag("--bag", flags->bag, "The platform's own archive (BagIt), as DIR/ID.zip");
  return [=](context& world) { return download(world, *flags); };
}

result<answer> list_files(clowder::api const& platform, std::string const& dataset) {
  auto const row = clowder::get_dataset(platform, dataset);
  if (!row) return row.error();
  auto const contents = clowder::read_contents(platform, dataset);
  if (!contents) return contents.error();
  answer out;
  json::array rows;
  for (auto const& file : contents->files) {
    auto const* known = contents->known(file.row);
    rows.emplace_back(json::object{{"path", file.path},
                                   {"id", file.row.id},
                                   {"size", number(file.row.size)},
                                   {"sha256", known != nullptr ? json::value{known->sha256.hex()} : nullptr}});
    out.text += file.row.id + "  " + std::to_string(file.row.size) + "  " + waybill::printable(file.path) + "\n";
  }
  json::object about{{"id", row->id}, {"title", row->name}, {"url", platform.ask().page_of(row->id)}};
  out.members = {{"dataset", std::move(about)}, {"files", std::move(rows)}};
  out.rows = "files";
  return out;
}

result<answer> list_all(clowder::api const& platform) {
  // Version 1 answers who has a wrong key what is public.
  if (auto const known = platform.check_key(); !known) return known.error();
  auto const found = clowder::list_datasets(platform, {});
  if (!found) return found.error();
  answer out;
  json::array rows;
  for (auto const& row : *found) {
    rows.emplace_back(json::object{
        {"id", row.id}, {"title", row.name}, {"created", row.created}, {"url", platform.ask().page_of(row.id)}});
    out.text += row.id + "  " + waybill::printable(row.name) + "\n";
  }
  out.members = {{"datasets", std::move(rows)}};
  out.rows = "datasets";
  return out;
}

application::action list_verb(CLI::App& sub) {
  auto flags = std::make_shared<look_flags>();
  flags->site.define(sub);
  sub.add_option("ID", flags->dataset, "A dataset, whose files are listed (default: all datasets)");
  return [=](context& world) -> result<answer> {
    auto const site = flags->site.open(world);
    if (!site) return site.error();
    return flags->dataset.empty() ? list_all(site->api()) : list_files(site->api(), flags->dataset);
  };
}

application::action freeze_verb(CLI::App& sub) {
  auto flags = std::make_shared<look_flags>();
  flags->site.define(sub);
  sub.add_option("ID", flags->dataset, "The dataset")->required();
  return [=](context& world) -> result<answer> {
    auto const site = flags->site.open(world);
    if (!site) return site.error();
    if (world.dry_run) {
      auto const row = clowder::get_dataset(site->api(), flags->dataset);
      if (!row) return row.error();
    }
    auto const version =
        world.dry_run ? result<std::uint64_t>{std::uint64_t{0}} : clowder::freeze(site->api(), flags->dataset);
    if (!version) return version.error();
    answer out;
    out.members = {{"dataset", flags->dataset},
                   {"version", world.dry_run ? json::value{nullptr} : number(*version)},
                   {"dry_run", world.dry_run}};
    out.text = world.dry_run ? "would freeze " + flags->dataset + "\n"
                             : flags->dataset + " is frozen as version " + std::to_string(*version) + "\n";
    return out;
  };
}

application::action ping_verb(CLI::App& sub) {
  auto flags = std::make_shared<site_flags>();
  flags->define(sub);
  return [=](context& world) -> result<answer> {
    auto const site = flags->open(world);
    if (!site) return site.error();
    auto const release = site->api().release();
    if (!release) return release.error();
    if (auto const known = site->api().check_key(); !known) return known.error();
    auto const version = static_cast<std::uint64_t>(site->api().version());
    answer out;
    out.members = {{"url", site->api().options().base}, {"api", number(version)}, {"release", *release}};
    out.text =
        "Clowder " + waybill::printable(*release) + ", API " + std::to_string(version) + "; it knows the token\n";
    return out;
  };
}

}  // namespace

void add_look_verbs(application& app) {
  app.verb("download", "Put a dataset's files into a directory", download_verb);
  app.verb("list", "Datasets, or the files of one", list_verb);
  app.verb("freeze", "Keep a dataset as it is, as a numbered version (Clowder 2)", freeze_verb);
  app.verb("ping", "Does Clowder answer, in which version, and does it know the token?", ping_verb);
}

}  // namespace waybill_cli
