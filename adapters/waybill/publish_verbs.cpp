#include <waybill/algebra/renames.hpp>
#include <waybill/registry/checkout.hpp>

#include "drafts.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

struct push_options {
  std::string directory, prefix, message, name;
  std::vector<std::string> tags;
  bool local_files_only = false, allow_local_files = false;
  CLI::Option *has_prefix = nullptr, *has_message = nullptr;

  [[nodiscard]] std::optional<std::string> prefix_or_none() const {
    return *has_prefix ? std::optional{prefix} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> message_or_none() const {
    return *has_message ? std::optional{message} : std::nullopt;
  }
};

void add_prefix(CLI::App& sub, push_options& o) {
  o.has_prefix =
      sub.add_option("--prefix", o.prefix, "Put data under this prefix instead of content-addressed objects");
}

void add_publishing(CLI::App& sub, push_options& o) {
  sub.add_option("-t,--tag", o.tags, "Tag of the new version (repeatable)")->allow_extra_args(false);
  o.has_message = sub.add_option("-m,--message", o.message, "Message of the new version");
}

std::string moved_text(waybill::transfer_report const& moved) {
  std::string text = "Copied " + counted(moved.files_copied, "file") + ", " + human_bytes(moved.bytes_copied);
  if (moved.files_skipped != 0)
    text += "; " + counted(moved.files_skipped, "file") + ", " + human_bytes(moved.bytes_skipped) +
            ": data exists, skipping";
  return text + "\n";
}

result<waybill::transfer_report> push_data(context& world, open_draft& open, waybill::registry& to,
                                           push_options const& o) {
  auto const moved = open.draft.push_data(to,
                                          {.prefix = o.prefix_or_none(),
                                           .local_files_only = o.local_files_only,
                                           .dry_run = world.dry_run,
                                           .now = context::now()},
                                          world.control());
  if (moved && !world.dry_run)
    if (auto const saved = keep_draft(open.place, open.draft); !saved) return saved.error();
  return moved;
}

/// Builds and publishes the draft; with a dry run only builds it.
result<answer> push_manifest(context& world, open_draft& open, waybill::registry& to, push_options const& o,
                             waybill::transfer_report const& moved) {
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
  auto const published = open.draft.push_manifest(
      to,
      {.tags = o.tags, .message = o.message_or_none(), .allow_local_files = o.allow_local_files, .now = context::now()},
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

/// The name a directory is pushed as: `--name`, else that of its installation, else that of its draft.
result<waybill::package_name> name_of_directory(waybill::workspace const& place, std::string const& wanted) {
  if (!wanted.empty()) return waybill::package_name::parse(wanted);
  auto const installed = place.load_installed();
  if (!installed) return installed.error();
  if (*installed) return (*installed)->name;
  auto const draft = place.load_draft();
  if (!draft) return draft.error();
  if (*draft) return (*draft)->name();
  return make_error(errc::usage, "which package is this the next version of? Say --name ns/name", place.directory());
}

answer directory_answer(context const& world, waybill::push_directory_report const& report, std::string const& name,
                        push_options const& o, std::string const& location) {
  auto const hash = report.pushed.top_hash().hex();
  auto changes = report.before ? waybill::make_diff(*report.before, report.pushed) : waybill::diff{};
  if (!report.before) changes.added.assign(report.pushed.entries().begin(), report.pushed.entries().end());
  waybill::find_renames(changes);
  answer out;
  out.members = push_members(hash, name, o.tags, report.data);
  out.members.emplace_back("new_version", report.new_version);
  out.members.emplace_back("changes", summary_of(changes));
  out.members.emplace_back("left_out", number(report.left_out));
  out.members.emplace_back("previous", report.before ? json::value{report.before->top_hash().hex()} : json::value{});
  if (!report.new_version && !world.dry_run) {
    out.text = "No change: " + name + " stays at " + short_hash(hash) + "\n";
    return out;
  }
  out.text =
      counted(changes.added.size(), "file") + " added, " + std::to_string(changes.modified.size()) + " modified, " +
      std::to_string(changes.removed.size()) + " removed, " + std::to_string(changes.renamed.size()) + " renamed, " +
      std::to_string(changes.unchanged) + " unchanged\n" + moved_text(report.data) + "Tophash: " + hash + "\n" +
      (world.dry_run ? "Would publish " : "Published ") + name + "@" + short_hash(hash) + " to " + location + "\n";
  return out;
}

result<answer> push_directory(context& world, push_options const& o) {
  auto const place = waybill::workspace::at(o.directory);
  if (!place) return place.error();
  auto const name = name_of_directory(*place, o.name);
  if (!name) return name.error();
  auto to = world.open_registry_to_push();
  if (!to) return to.error();
  auto const installed = place->load_installed();
  if (!installed) return installed.error();
  bool const known = *installed && (*installed)->name == *name;
  auto const selection = known ? waybill::key_filter{(*installed)->include} : waybill::key_filter{};
  auto const cache = world.load_stat_cache(o.directory, {waybill::algorithms::sha2_256_chunked});
  auto const begun = context::now();
  auto const report = waybill::push_directory(*to, *name, o.directory,
                                              {.prefix = o.prefix_or_none(),
                                               .selection = selection,
                                               .tags = o.tags,
                                               .message = o.message_or_none(),
                                               .dry_run = world.dry_run,
                                               .now = begun,
                                               .cache = &cache},
                                              world.control());
  if (!report) return report.error();
  world.keep_stat_cache(report->tree, begun);
  if (known && report->before && report->new_version &&
      !(report->before->top_hash() == (*installed)->manifest.top_hash()))
    world.out.note("waybill: note: " + o.directory + " came from " +
                   short_hash((*installed)->manifest.top_hash().hex()) + ", but " +
                   short_hash(report->before->top_hash().hex()) +
                   " was published since; the new version replaces its state (waybill diff shows what)");
  if (report->left_out != 0)
    world.out.note(counted(report->left_out, "entry", "entries") + " outside the partial installation of " +
                   o.directory + (report->left_out == 1 ? " stays as it was" : " stay as they were"));
  if (!world.dry_run) {
    auto const saved = place->save_installed({.name = *name,
                                              .registry = to->location(),
                                              .tag = o.tags.empty() ? std::nullopt : std::optional{o.tags.front()},
                                              .manifest = report->pushed,
                                              .include = selection.globs()});
    if (!saved) return saved.error();
  }
  return directory_answer(world, *report, name->str(), o, to->location());
}

application::action push_verb(CLI::App& sub) {
  auto o = std::make_shared<push_options>();
  sub.add_option("DIR", o->directory, "Directory whose whole state becomes the next version (default: the draft)");
  sub.add_option("--name", o->name, "Package (default: what DIR was installed from)");
  add_prefix(sub, *o);
  add_publishing(sub, *o);
  return [=](context& world) -> result<answer> {
    if (!o->directory.empty()) return push_directory(world, *o);
    if (!o->name.empty()) return make_error(errc::usage, "--name goes with a DIR; a draft has its name from init");
    auto ends = open_ends(world);
    if (!ends) return ends.error();
    auto& [draft, to] = *ends;
    auto const moved = push_data(world, draft, to, *o);
    if (!moved) return moved.error();
    auto out = push_manifest(world, draft, to, *o, *moved);
    if (out) out->text = moved_text(*moved) + out->text;
    return out;
  };
}

}  // namespace

void add_publish_verbs(application& app) {
  app.verb("push-data", "Copy the draft's bytes to the registry and point the draft there", push_data_verb);
  app.verb("push-manifest", "Publish the draft's manifest", push_manifest_verb);
  app.verb("push", "Publish data and manifest: of the draft, or of a whole directory", push_verb);
}

}  // namespace waybill_cli
