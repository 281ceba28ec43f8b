#include "drafts.hpp"
#include "push_directory.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

void add_prefix(CLI::App& sub, push_options& o) {
  o.has_prefix =
      sub.add_option("--prefix", o.prefix, "Put data under this prefix instead of content-addressed objects");
}

void add_publishing(CLI::App& sub, push_options& o) {
  sub.add_option("-t,--tag", o.tags, "Tag of the new version (repeatable)")->allow_extra_args(false);
  o.has_message = sub.add_option("-m,--message", o.message, "Message of the new version");
}

result<waybill::transfer_report> push_data(context& world, open_draft& open, waybill::registry& to,
                                           push_options const& o, bool ask_all = false) {
  return open.draft.push_data(to,
                              {.prefix = o.prefix_or_none(),
                               .local_files_only = o.local_files_only,
                               .dry_run = world.dry_run,
                               .now = context::now(),
                               .ask_all = o.check || ask_all,
                               .places = world.places_of(to)},
                              world.control(to));
}

/// Builds and publishes the draft; with a dry run only builds it.
/// @param held  in which its data was pushed; null: it was pushed before
result<answer> push_manifest(context& world, open_draft& open, waybill::registry& to, push_options const& o,
                             waybill::transfer_report const& moved, waybill::passage* held = nullptr) {
  if (o.has_message != nullptr && *o.has_message) open.draft.set_message(o.message);
  auto const built = open.draft.build(world.control());
  if (!built) return built.error();
  answer out;
  if (world.dry_run) {
    if (auto const local = open.draft.local_entries(to); local != 0 && !o.allow_local_files && moved.files_copied == 0)
      return make_error(errc::local_pointers, counted(local, "entry points", "entries point") +
                                                  " to local files; push-data first, or --allow-local-files");
    auto const hash = built->top_hash().hex();
    auto const latest = to.resolve({.name = open.draft.name(), .tag = {}, .hash = {}, .registry = {}, .path = {}});
    out.members = push_members(hash, open.draft.name().str(), o.tags, moved);
    out.members.emplace_back("new_version", !latest || *latest != hash);
    out.text = "Would publish " + open.draft.name().str() + "@" + short_hash(hash) + "\n";
    return out;
  }
  waybill::publication done;
  auto const published = open.draft.push_manifest(to,
                                                  {.tags = o.tags,
                                                   .message = o.message_or_none(),
                                                   .allow_local_files = o.allow_local_files,
                                                   .now = context::now(),
                                                   .held = held},
                                                  &done, world.control());
  if (!published) return published.error();
  if (auto const saved = keep_draft(open.place, open.draft); !saved) return saved.error();
  out.members = push_members(done.top_hash, open.draft.name().str(), o.tags, moved);
  out.members.emplace_back("new_version", done.new_version);
  out.text = "Tophash: " + done.top_hash + "\n";
  out.text += done.new_version ? "Pushed manifest of " + open.draft.name().str() + " to " + to.location() + "\n"
                               : "No change: " + open.draft.name().str() + " is at this version already\n";
  for (auto const& tag : o.tags)
    out.text += "Linking " + open.draft.name().str() + ":" + tag + " to manifest " + short_hash(done.top_hash) + "\n";
  return out;
}

/// Data and manifest of the draft as it is kept: what is pushed again begins with the files it was made of.
result<answer> push_draft(context& world, push_options const& o, bool again) {
  auto ends = open_ends(world);
  if (!ends) return ends.error();
  auto& [draft, to] = *ends;
  auto held = world.enter(to);
  if (!held) return held.error();
  auto const moved = push_data(world, draft, to, o, again);
  if (!moved) return moved.error();
  auto out = push_manifest(world, draft, to, o, *moved, *held ? &**held : nullptr);
  if (out) out->text = moved_text(*moved) + out->text;
  return out;
}

application::action push_data_verb(CLI::App& sub) {
  auto o = std::make_shared<push_options>();
  add_prefix(sub, *o);
  sub.add_flag("--local-files-only", o->local_files_only, "Leave entries that lie elsewhere where they are");
  return [=](context& world) -> result<answer> {
    auto ends = open_ends(world);
    if (!ends) return ends.error();
    auto& [draft, to] = *ends;
    auto const moved = push_data(world, draft, to, *o);
    if (!moved) return moved.error();
    if (!world.dry_run)
      if (auto const saved = keep_draft(draft.place, draft.draft); !saved) return saved.error();
    answer out;
    out.members = push_members(draft.draft.top_hash().value_or("pre-manifest"), draft.draft.name().str(), {}, *moved);
    out.text = moved_text(*moved);
    return out;
  };
}

application::action push_manifest_verb(CLI::App& sub) {
  auto o = std::make_shared<push_options>();
  add_publishing(sub, *o);
  sub.add_flag("--allow-local-files", o->allow_local_files, "Publish although entries point to local files");
  return [=](context& world) -> result<answer> {
    auto ends = open_ends(world);
    if (!ends) return ends.error();
    auto& [draft, to] = *ends;
    return push_manifest(world, draft, to, *o, {});
  };
}

application::action push_verb(CLI::App& sub) {
  auto o = std::make_shared<push_options>();
  sub.add_option("DIR", o->directory, "Directory whose whole state becomes the next version (default: the draft)");
  sub.add_option("--name", o->name, "Package (default: what DIR was installed from)");
  sub.add_flag("--allow-placeholders", o->allow_placeholders,
               "Publish as data what looks like a placeholder of something else");
  sub.add_flag("--check", o->check, "Look for all data, also what the version before names, and put back what is lost");
  add_prefix(sub, *o);
  add_publishing(sub, *o);
  return [=](context& world) -> result<answer> {
    if (!o->directory.empty()) return push_directory(world, *o);
    if (!o->name.empty()) return make_error(errc::usage, "--name goes with a DIR; a draft has its name from init");
    if (o->allow_placeholders) return make_error(errc::usage, "--allow-placeholders goes with a DIR");
    return waybill::repeat_collected([&](bool again) { return push_draft(world, *o, again); });
  };
}

}  // namespace

void add_publish_verbs(application& app) {
  app.verb("push-data", "Copy the draft's bytes to the registry and point the draft there", push_data_verb,
           application::kind::transfer);
  app.verb("push-manifest", "Publish the draft's manifest", push_manifest_verb);
  app.verb("push", "Publish data and manifest: of the draft, or of a whole directory", push_verb,
           application::kind::transfer);
}

}  // namespace waybill_cli
