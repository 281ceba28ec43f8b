#include <waybill/core/timestamp.hpp>

#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct named {
  waybill::registry home;
  waybill::package_name name;
};

result<named> open_named(context& world, std::string const& text) {
  auto const name = waybill::package_name::parse(text);
  if (!name) return name.error();
  auto home = world.open_registry();
  if (!home) return home.error();
  return named{std::move(*home), *name};
}

application::action list_verb(CLI::App&) {
  return [](context& world) -> result<answer> {
    auto const home = world.open_registry();
    if (!home) return home.error();
    auto const names = home->list();
    if (!names) return names.error();
    answer out;
    json::array rows;
    for (auto const& name : *names) {
      rows.push_back(json::object{{"name", name.str()}});
      out.text += name.str() + "\n";
    }
    out.rows = "packages";
    out.members = {{"packages", std::move(rows)}};
    return out;
  };
}

application::action versions_verb(CLI::App& sub) {
  auto name = std::make_shared<std::string>();
  sub.add_option("NAME", *name, "Package")->required();
  return [=](context& world) -> result<answer> {
    auto const at = open_named(world, *name);
    if (!at) return at.error();
    auto const versions = at->home.versions(at->name);
    if (!versions) return versions.error();
    answer out;
    json::array rows;
    for (auto const& v : *versions) {
      rows.push_back(json::object{{"top_hash", v.top_hash},
                                  {"created", waybill::to_rfc3339(v.created)},
                                  {"message", optional_text(v.message)},
                                  {"tags", strings(v.tags)},
                                  {"latest", v.latest}});
      out.text += short_hash(v.top_hash) + "  " + waybill::to_rfc3339(v.created) + (v.latest ? "  latest" : "");
      for (auto const& tag : v.tags) out.text += "  :" + tag;
      if (v.message) out.text += "  " + *v.message;
      out.text += "\n";
    }
    out.rows = "versions";
    out.members = {{"name", *name}, {"versions", std::move(rows)}};
    return out;
  };
}

application::action tags_verb(CLI::App& sub) {
  auto name = std::make_shared<std::string>();
  sub.add_option("NAME", *name, "Package")->required();
  return [=](context& world) -> result<answer> {
    auto const at = open_named(world, *name);
    if (!at) return at.error();
    auto const tags = at->home.tags(at->name);
    if (!tags) return tags.error();
    answer out;
    json::array rows;
    for (auto const& [tag, hash] : *tags) {
      rows.push_back(json::object{{"tag", tag}, {"top_hash", hash}});
      out.text += tag + "  " + short_hash(hash) + "\n";
    }
    out.rows = "tags";
    out.members = {{"name", *name}, {"tags", std::move(rows)}};
    return out;
  };
}

/// A REF of this package: `NAME@HASH` and the like, a bare hash, or a bare tag.
result<std::string> resolve_version(named const& at, std::string const& text) {
  if (text.find('/') != std::string::npos) {
    auto const ref = waybill::parse_package_ref(text);
    if (!ref) return ref.error();
    if (ref->name != at.name)
      return make_error(errc::usage, text + " is a version of another package than " + at.name.str());
    return at.home.resolve(*ref);
  }
  waybill::package_ref as_tag{.name = at.name, .tag = text, .hash = {}, .registry = {}, .path = {}};
  if (auto found = at.home.resolve(as_tag); found || text.size() < 6) return found;
  return at.home.resolve({.name = at.name, .tag = {}, .hash = text, .registry = {}, .path = {}});
}

application::action tag_verb(CLI::App& sub) {
  struct options {
    std::string name, tag, ref;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("TAG", o->tag, "Tag to set")->required();
  sub.add_option("REF", o->ref, "Version: NAME@HASH, NAME:TAG, NAME, or a hash")->required();
  return [=](context& world) -> result<answer> {
    auto at = open_named(world, o->name);
    if (!at) return at.error();
    if (auto const valid = waybill::check_tag(o->tag); !valid) return valid.error();
    auto const hash = resolve_version(*at, o->ref);
    if (!hash) return hash.error();
    if (!world.dry_run)
      if (auto const set = at->home.set_tag(at->name, o->tag, *hash); !set) return set.error();
    answer out;
    out.members = {{"name", o->name}, {"tag", o->tag}, {"top_hash", *hash}};
    out.text = "Linking " + o->name + ":" + o->tag + " to manifest " + short_hash(*hash) + "\n";
    return out;
  };
}

application::action untag_verb(CLI::App& sub) {
  struct options {
    std::string name, tag;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("TAG", o->tag, "Tag to remove; the version stays")->required();
  return [=](context& world) -> result<answer> {
    auto at = open_named(world, o->name);
    if (!at) return at.error();
    auto const hash = at->home.resolve({.name = at->name, .tag = o->tag, .hash = {}, .registry = {}, .path = {}});
    if (!hash) return hash.error();
    if (!world.dry_run)
      if (auto const removed = at->home.remove_tag(at->name, o->tag); !removed) return removed.error();
    answer out;
    out.members = {{"name", o->name}, {"tag", o->tag}, {"top_hash", *hash}};
    out.text = "Removed tag " + o->name + ":" + o->tag + "\n";
    return out;
  };
}

application::action rollback_verb(CLI::App& sub) {
  struct options {
    std::string name, ref;
  };
  auto o = std::make_shared<options>();
  sub.add_option("NAME", o->name, "Package")->required();
  sub.add_option("REF", o->ref, "Version that becomes latest: NAME@HASH, NAME:TAG, a tag or a hash")->required();
  return [=](context& world) -> result<answer> {
    auto at = open_named(world, o->name);
    if (!at) return at.error();
    auto const hash = resolve_version(*at, o->ref);
    if (!hash) return hash.error();
    auto const before = at->home.resolve({.name = at->name, .tag = {}, .hash = {}, .registry = {}, .path = {}});
    if (!before) return before.error();
    if (!world.dry_run)
      if (auto const set = at->home.set_latest(at->name, *hash); !set) return set.error();
    answer out;
    out.members = {{"name", o->name}, {"top_hash", *hash}, {"previous", *before}};
    out.text = "latest of " + o->name + " is " + short_hash(*hash) + " (was " + short_hash(*before) +
               "); all versions are kept\n";
    return out;
  };
}

}  // namespace

void add_version_verbs(application& app) {
  app.verb("list", "Packages of the registry", list_verb);
  app.verb("versions", "Versions of a package, newest first", versions_verb);
  app.verb("tags", "Tags of a package", tags_verb);
  app.verb("tag", "Name a version", tag_verb);
  app.verb("untag", "Remove a tag", untag_verb);
  app.verb("rollback", "Make an earlier version latest; nothing is removed", rollback_verb);
}

}  // namespace waybill_cli
