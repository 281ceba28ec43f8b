// `push DIR`: which package it is, what it came from, and what is said about the new version.
#include "push_directory.hpp"

#include <waybill/algebra/renames.hpp>
#include <waybill/registry/checkout.hpp>

#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

std::string moved_text(waybill::transfer_report const& moved) {
  std::string text = "Copied " + counted(moved.files_copied, "file") + ", " + human_bytes(moved.bytes_copied);
  if (moved.files_skipped != 0)
    text += "; " + counted(moved.files_skipped, "file") + ", " + human_bytes(moved.bytes_skipped) +
            ": data exists, skipping";
  return text + "\n";
}

namespace {

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
  out.members.emplace_back("restored", number(report.restored));
  out.members.emplace_back("left_out", number(report.left_out));
  out.members.emplace_back("placeholders", number(report.placeholders));
  out.members.emplace_back("previous", report.before ? json::value{report.before->top_hash().hex()} : json::value{});
  std::string const restored =
      report.restored != 0 ? counted(report.restored, "file") + " that the registry had lost put back\n" : "";
  if (!report.new_version && !world.dry_run) {
    out.text = restored + "No change: " + name + " stays at " + short_hash(hash) + "\n";
    return out;
  }
  out.text = counted(changes.added.size(), "file") + " added, " + std::to_string(changes.modified.size()) +
             " modified, " + std::to_string(changes.removed.size()) + " removed, " +
             std::to_string(changes.renamed.size()) + " renamed, " + std::to_string(changes.unchanged) +
             " unchanged\n" + restored + moved_text(report.data) + "Tophash: " + hash + "\n" +
             (world.dry_run ? "Would publish " : "Published ") + name + "@" + short_hash(hash) + " to " + location +
             "\n";
  return out;
}

}  // namespace

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
  auto const placeholders = *installed ? (*installed)->known_placeholders() : waybill::placeholder_set{};
  auto const cache = world.load_stat_cache(o.directory, {waybill::algorithms::sha2_256_chunked});
  auto const begun = context::now();
  auto report = waybill::push_directory(*to, *name, o.directory,
                                        {.prefix = o.prefix_or_none(),
                                         .selection = selection,
                                         .tags = o.tags,
                                         .message = o.message_or_none(),
                                         .dry_run = world.dry_run,
                                         .now = begun,
                                         .cache = &cache,
                                         .placeholders = placeholders,
                                         .check = o.check,
                                         .allow_placeholders = o.allow_placeholders},
                                        world.control(*to));
  if (!report) return report.error();
  if (report->fresh) world.keep_stat_cache(std::move(*report->fresh), report->tree.root(), begun);
  else world.keep_stat_cache(report->tree, begun);
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
    auto const saved =
        place->save_installed({.name = *name,
                               .registry = to->location(),
                               .tag = o.tags.empty() ? std::nullopt : std::optional{o.tags.front()},
                               .manifest = report->pushed,
                               .include = selection.globs(),
                               .placeholders = report->placeholders != 0 ? (*installed)->placeholders : std::nullopt});
    if (!saved) return saved.error();
  }
  return directory_answer(world, *report, name->str(), o, to->location());
}

}  // namespace waybill_cli
