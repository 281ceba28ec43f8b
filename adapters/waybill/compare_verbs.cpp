#include "common/exit_code.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// The manifest a directory is held against: a REF's, else the version it was installed from.
/// What a directory should hold, and the version it comes from.
struct expectation {
  waybill::manifest placed;
  std::string top_hash;
};

result<expectation> expected_manifest(context& world, std::string const& directory, std::string const& ref) {
  if (!ref.empty()) {
    auto named = world.load(ref);
    if (!named) return named.error();
    auto hash = named->top_hash().hex();
    return expectation{std::move(*named), std::move(hash)};
  }
  auto const place = waybill::workspace::at(directory);
  if (!place) return place.error();
  auto const installed = place->load_installed();
  if (!installed) return installed.error();
  if (!*installed)
    return make_error(errc::no_workspace, "this directory was not installed from a package; name one: verify DIR REF",
                      directory);
  auto placed = (*installed)->placed();
  if (!placed) return placed.error();
  return expectation{std::move(*placed), (*installed)->manifest.top_hash().hex()};
}

/// A directory against a manifest, where placeholders may stand in it.
result<waybill::lazy_verification> compare_directory(context& world, std::string const& directory,
                                                     waybill::manifest const& expected,
                                                     waybill::scan_options const& options = {}) {
  auto const lazy = installed_lazily(directory);
  if (!lazy) return lazy.error();
  auto const known = *lazy ? (*lazy)->known_placeholders() : waybill::placeholder_set{};
  return waybill::verify_lazy_directory(directory, expected, known, options, world.control());
}

application::action verify_verb(CLI::App& sub) {
  struct options {
    std::string directory, ref;
    bool complete = false;
  };
  auto o = std::make_shared<options>();
  sub.add_option("DIR", o->directory, "Directory to check")->required();
  sub.add_option("REF", o->ref, "Package or manifest (default: what DIR was installed from)");
  sub.add_flag("--complete", o->complete, "Exit 1 also when files are not fetched");
  return [=](context& world) -> result<answer> {
    auto const expected = expected_manifest(world, o->directory, o->ref);
    if (!expected) return expected.error();
    auto const found = compare_directory(world, o->directory, expected->placed);
    if (!found) return found.error();
    auto out = differences_answer(*found, o->directory + " matches " + short_hash(expected->top_hash));
    out.members.emplace_back("top_hash", expected->top_hash);
    if (o->complete && found->placeholders != 0) out.exit = exit_differences;
    if (!found->differences.empty())
      world.out.note("make the directory match with: waybill sync " + o->directory +
                     (o->ref.empty() ? "" : " " + o->ref));
    return out;
  };
}

result<answer> draft_status(context& world, waybill::package_builder const& draft) {
  auto const home = world.open_registry();
  auto const* owner = home ? &*home : nullptr;
  auto const hash = draft.top_hash();
  bool published = false;
  if (owner != nullptr && hash)
    published = owner->resolve({.name = draft.name(), .tag = {}, .hash = hash, .registry = {}, .path = {}}).has_value();
  answer out;
  out.text = std::string{published ? "Package: " : "PackageBuilder: "} + draft.name().str() + " (" +
             (hash ? short_hash(*hash) : "pre-manifest") + ")\n\nData:\n";
  json::array rows;
  for (auto const& row : draft.contents(owner)) {
    rows.push_back(json::object{{"key", row.key}, {"target", row.target}, {"local", row.local}});
    out.text += "  " + row.key + " -> " + row.target + "\n";
  }
  out.members = {{"kind", "draft"},
                 {"name", draft.name().str()},
                 {"top_hash", hash.value_or("pre-manifest")},
                 {"manifest", !hash       ? "pre-manifest"
                              : published ? "published"
                                          : "local"},
                 {"entries", number(draft.draft().entries().size())},
                 {"contents", std::move(rows)}};
  return out;
}

result<answer> installed_status(context& world, std::string const& directory, waybill::installed_package const& p) {
  waybill::scan_options options;
  auto const cache = world.load_stat_cache(directory, options.algorithms);
  options.cache = &cache;
  auto const placed = p.placed();
  if (!placed) return placed.error();
  auto const begun = world.now();
  auto found = waybill::verify_lazy_directory(directory, *placed, p.known_placeholders(), options, world.control());
  if (!found) return found.error();
  if (found->fresh) world.keep_stat_cache(std::move(*found->fresh), directory, begun);
  auto out = differences_answer(*found, "No files have been changed");
  auto const hash = p.manifest.top_hash().hex();
  out.text = "Package: " + p.name.str() + (p.tag ? ":" + *p.tag : "") + " (" + short_hash(hash) + ")\n" + out.text;
  out.members.insert(out.members.begin(), {{"kind", "installed"},
                                           {"name", p.name.str()},
                                           {"tag", optional_text(p.tag)},
                                           {"top_hash", hash},
                                           {"registry", p.registry}});
  return out;
}

application::action status_verb(CLI::App& sub) {
  struct options {
    std::string directory, ref;
  };
  auto o = std::make_shared<options>();
  sub.add_option("DIR", o->directory, "Directory (default: the present one's workspace)");
  sub.add_option("REF", o->ref, "Compare with this version");
  return [=](context& world) -> result<answer> {
    auto const place = o->directory.empty() ? present_workspace() : waybill::workspace::at(o->directory);
    if (!place) return place.error();
    if (!o->ref.empty()) {
      auto const expected = world.load(o->ref);
      if (!expected) return expected.error();
      auto const found = compare_directory(world, o->directory, *expected);
      if (!found) return found.error();
      return differences_answer(*found, "No files have been changed");
    }
    auto const draft = place->load_draft();
    if (!draft) return draft.error();
    if (*draft) return draft_status(world, **draft);
    auto const installed = place->load_installed();
    if (!installed) return installed.error();
    if (!*installed)
      return make_error(errc::no_workspace,
                        "neither a draft nor an installed package is here; see waybill init and install",
                        place->directory());
    return installed_status(world, place->directory(), **installed);
  };
}

}  // namespace

void add_compare_verbs(application& app) {
  app.verb("diff", "What differs between two versions, directories or manifests", diff_verb);
  app.verb("verify", "Check a directory against a version, byte by byte", verify_verb);
  app.verb("status", "The draft, or what changed in an installed directory", status_verb);
}

}  // namespace waybill_cli
