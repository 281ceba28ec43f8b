#include <waybill/registry/checkout.hpp>
#include <waybill/registry/lazy.hpp>

#include <filesystem>

#include "placing.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

void add_placing(CLI::App& sub, place_options& o) {
  sub.add_flag("--portable", o.portable, "Refuse names other systems cannot hold");
  sub.add_option("--require", o.require, "Refuse entries without a digest of this algorithm")->allow_extra_args(false);
  sub.add_flag("--link", o.link, "Hard-link files from a registry on this file system (read-only) instead of copying");
}

result<waybill::materialise_options> placing_of(context const& world, place_options const& o) {
  waybill::materialise_options options;
  options.mode = o.link ? waybill::placement_mode::hard_link : waybill::placement_mode::copy;
  options.portable = o.portable;
  options.dry_run = world.dry_run;
  for (auto const& name : o.require) {
    auto const a = waybill::find_algorithm(name);
    if (!a) return make_error(errc::usage, a.error().detail, "--require");
    options.require.push_back(*a);
  }
  return options;
}

waybill::stat_cache cache_of(context const& world, std::string const& directory) {
  std::error_code ignored;
  return fs::exists(directory, ignored) ? world.load_stat_cache(directory, {waybill::algorithms::sha2_256_chunked})
                                        : waybill::stat_cache{};
}

namespace {

json::array collision_rows(std::vector<waybill::name_collision> const& found) {
  json::array rows;
  for (auto const& c : found) rows.push_back(json::object{{"keys", strings(c.keys)}});
  return rows;
}

}  // namespace

answer report_answer(waybill::materialise_report const& r, waybill::package const& p, std::string const& directory,
                     std::uint64_t placeholders) {
  answer out;
  auto const hash = p.top_hash();
  out.members = {{"name", p.name().str()},
                 {"top_hash", hash},
                 {"location", directory},
                 {"added", strings(r.added)},
                 {"replaced", strings(r.replaced)},
                 {"removed", strings(r.removed)},
                 {"unchanged", number(r.unchanged)},
                 {"files_copied", number(placeholders != 0 ? 0 : r.added.size() + r.replaced.size())},
                 {"bytes_copied", number(r.bytes_transferred)},
                 {"bytes_kept", number(r.bytes_kept)},
                 {"placeholders", number(placeholders)},
                 {"collisions", collision_rows(r.collisions)}};
  return out;
}

void warn_of_collisions(context const& world, waybill::materialise_report const& r) {
  for (auto const& c : r.collisions) {
    std::string names;
    for (auto const& key : c.keys) names += (names.empty() ? "" : ", ") + key;
    world.out.note("waybill: warning: one name where case or accents do not count: " + names);
  }
}

namespace {

/// Places a version in a directory and says what that did.
result<answer> place(context& world, waybill::package const& p, std::optional<std::string> const& tag,
                     place_options const& o, bool delete_extra) {
  auto options = placing_of(world, o);
  if (!options) return options.error();
  options->delete_extra = delete_extra;
  auto const cache = cache_of(world, o.directory);
  options->cache = &cache;
  auto const partials = world.open_partials(p.source());
  options->partials = partials.get();
  auto contents = world.contents_of(p.source());
  if (!contents) return contents.error();
  auto const done = waybill::install_package(p, o.directory, waybill::key_filter{o.include}, tag, **contents, *options,
                                             world.control(p.source()));
  if (!done) return done.error();
  warn_of_collisions(world, *done);
  // What was there already is compared by its state the next time. A fresh installation is too young for that: files of
  // the last seconds are never taken by their state, so that reading them again would be for nothing.
  if (!world.dry_run && done->unchanged != 0) (void)world.scan(o.directory);
  auto out = report_answer(*done, p, o.directory);
  if (delete_extra) {
    std::string changes;
    for (auto const& k : done->removed) changes += "  " + k + " removed\n";
    for (auto const& k : done->replaced) changes += "  " + k + " replaced\n";
    for (auto const& k : done->added) changes += "  " + k + " added\n";
    out.text = changes.empty() ? o.directory + " matches already\n" : "Changes:\n" + changes;
  } else {
    out.text = counted(done->added.size() + done->replaced.size(), "file") + ", " +
               human_bytes(done->bytes_transferred) + (world.dry_run ? " would be copied; " : " copied; ") +
               counted(done->unchanged, "file") + ", " + human_bytes(done->bytes_kept) + " there already\n" +
               (world.dry_run ? "Would install " : "Installed ") + p.name().str() + "@" + short_hash(p.top_hash()) +
               " in " + o.directory + "\n";
  }
  return out;
}

/// Puts placeholders where a version's bytes are not in a directory yet.
result<answer> place_lazily(context& world, waybill::package const& p, std::optional<std::string> const& tag,
                            place_options const& o) {
  auto options = placing_of(world, o);
  if (!options) return options.error();
  auto const cache = cache_of(world, o.directory);
  options->cache = &cache;
  auto contents = world.contents_of(p.source());
  if (!contents) return contents.error();
  auto const done = waybill::install_lazily(p, o.directory, waybill::key_filter{o.include}, tag, **contents, *options,
                                            world.control());
  if (!done) return done.error();
  warn_of_collisions(world, done->placed);
  auto out = report_answer(done->placed, p, o.directory, done->placeholders);
  out.text = counted(done->placeholders, "placeholder") + (world.dry_run ? " would be there; " : " there; ") +
             human_bytes(done->placed.bytes_kept) + " need not be fetched\n" +
             (world.dry_run ? "Would install " : "Installed ") + p.name().str() + "@" + short_hash(p.top_hash()) +
             " in " + o.directory + "; bytes come with: waybill fetch --location " + o.directory + "\n";
  return out;
}

application::action install_verb(CLI::App& sub) {
  auto o = std::make_shared<place_options>();
  sub.add_option("REF", o->ref, "Package")->required();
  sub.add_option("--location", o->directory, "Directory (default: the package's name, here)");
  sub.add_option("--include", o->include, "Only keys that match this glob (repeatable)")->allow_extra_args(false);
  sub.add_flag("--lazy", o->lazy, "Placeholders instead of bytes, which waybill fetch gets when they are needed");
  add_placing(sub, *o);
  return [=](context& world) -> result<answer> {
    auto const ref = waybill::parse_package_ref(o->ref);
    if (!ref) return ref.error();
    auto const p = world.open_package(o->ref);
    if (!p) return p.error();
    auto options = *o;
    if (options.directory.empty()) options.directory = ref->name.str().substr(ref->name.str().find('/') + 1);
    if (ref->path) options.include.push_back(*ref->path);
    return options.lazy ? place_lazily(world, *p, ref->tag, options) : place(world, *p, ref->tag, options, false);
  };
}

}  // namespace

result<waybill::package> installed_package(context& world, std::string const& directory,
                                           std::optional<std::string>& tag) {
  auto const at = waybill::workspace::at(directory);
  if (!at) return at.error();
  auto const installed = at->load_installed();
  if (!installed) return installed.error();
  if (!*installed)
    return make_error(errc::no_workspace,
                      "this directory was not installed from a package; name one, or see waybill install", directory);
  tag = (*installed)->tag;
  auto const from = world.config.get("registry").origin == "default"
                        ? world.open_registry_at((*installed)->registry, false)
                        : world.open_registry();
  if (!from) return from.error();
  return waybill::package{*from, (*installed)->name, (*installed)->manifest};
}

namespace {

application::action sync_verb(CLI::App& sub) {
  auto o = std::make_shared<place_options>();
  sub.add_option("DIR", o->directory, "Directory")->required();
  sub.add_option("REF", o->ref, "Package (default: what DIR was installed from)");
  add_placing(sub, *o);
  return [=](context& world) -> result<answer> {
    std::optional<std::string> tag;
    if (o->ref.empty()) {
      auto const p = installed_package(world, o->directory, tag);
      if (!p) return p.error();
      return place(world, *p, tag, *o, true);
    }
    auto const ref = waybill::parse_package_ref(o->ref);
    if (!ref) return ref.error();
    auto const p = world.open_package(o->ref);
    if (!p) return p.error();
    return place(world, *p, ref->tag, *o, true);
  };
}

}  // namespace

void add_install_verbs(application& app) {
  app.verb("install", "Put a version's files into a directory; only what is missing or different moves", install_verb,
           application::kind::transfer);
  app.verb("sync", "Make a directory match a version exactly, extra files removed", sync_verb,
           application::kind::transfer);
}

}  // namespace waybill_cli
