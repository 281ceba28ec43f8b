#include "report.hpp"

#include <waybill/json/write.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace waybill_cli {
namespace json = waybill::json;
namespace valohai = waybill::valohai;

namespace {

json::value number(std::uint64_t n) { return json::value::integer(n); }

json::object metadata_of(valohai::update_progress const& p) {
  return {{"files_done", number(p.files_done)},
          {"files_total", number(p.files_total)},
          {"bytes_hashed", number(p.bytes_hashed)},
          {"new", number(p.added)},
          {"changed", number(p.changed)},
          {"kept", number(p.kept)},
          {"removed", number(p.removed)}};
}

valohai::update_progress totals_of(valohai::update_outcome const& done) {
  auto const& plan = done.plan;
  return {.files_done = plan.files.size(),
          .files_total = plan.files.size(),
          .bytes_hashed = done.bytes_read,
          .added = plan.count(valohai::file_action::added),
          .changed = plan.count(valohai::file_action::changed),
          .kept = plan.count(valohai::file_action::kept),
          .removed = plan.removed.size()};
}

json::array files_of(std::vector<valohai::planned_file> const& files, valohai::file_action action) {
  json::array out;
  for (auto const& file : files) {
    if (file.verdict.action != action) continue;
    json::object one{{"name", file.name}, {"size", number(file.size)}, {"reason", name_of(file.verdict.reason)}};
    if (auto const* sum = file.digests.find(waybill::algorithms::sha256)) one.emplace_back("sha256", sum->hex());
    out.emplace_back(std::move(one));
  }
  return out;
}

json::value base_of(valohai::update_base const& base) {
  if (!base.uri) return nullptr;
  json::object out{{"uri", *base.uri}};
  if (base.version) {
    out.emplace_back("id", base.version->id);
    out.emplace_back("name", base.version->name);
  }
  return out;
}

}  // namespace

valohai::update_callback metadata_reporter(context const& world) {
  auto const bar = world.out.reporter();
  bool const lines = world.out.format == output_format::text && world.out.progress != progress_mode::none;
  if (!lines && !bar) return {};
  using clock = std::chrono::steady_clock;
  return
      [bar, lines, out = world.out, next = std::make_shared<clock::time_point>(clock::now() + std::chrono::seconds{1})](
          valohai::update_progress const& p) {
        if (bar) bar({"update", p.files_done, p.files_total, p.bytes_hashed, p.bytes_total});
        if (!lines || clock::now() < *next) return;
        *next = clock::now() + std::chrono::seconds{1};
        static_cast<void>(out.write(json::compact(metadata_of(p)) + "\n"));
      };
}

answer update_answer(context const& world, valohai::update_outcome const& done) {
  using action = valohai::file_action;
  auto const totals = totals_of(done);
  bool const empty = done.plan.empty();
  auto line = metadata_of(totals);
  if (!empty) line.emplace_back("dataset_version", done.version_uri);
  json::array renamed;
  for (auto const& [from, to] : done.plan.renamed) renamed.emplace_back(json::object{{"from", from}, {"to", to}});
  json::object dataset{{"name", done.base.dataset_name}};
  if (!done.base.dataset_id.empty()) dataset.emplace_back("id", done.base.dataset_id);
  answer out;
  out.members = {{"dataset", std::move(dataset)},
                 {"old_version", base_of(done.base)},
                 {"new_version", json::object{{"name", done.version_name}, {"uri", done.version_uri}}},
                 {"changes", !empty},
                 {"added", files_of(done.plan.files, action::added)},
                 {"changed", files_of(done.plan.files, action::changed)},
                 {"removed", files_of(done.plan.removed, action::removed)},
                 {"kept", files_of(done.plan.files, action::kept)},
                 {"renamed", std::move(renamed)},
                 {"dry_run", world.dry_run},
                 {"summary", metadata_of(totals)}};
  out.text = json::compact(line) + "\n";
  world.out.note((done.base.uri ? *done.base.uri + " -> " : "first version: ") + done.version_uri + ": " +
                 counted(totals.added, "new file") + ", " + std::to_string(totals.changed) + " changed, " +
                 std::to_string(totals.kept) + " kept, " + std::to_string(totals.removed) + " removed" +
                 (empty ? "; nothing changed" : ""));
  for (auto const& [from, to] : done.plan.renamed)
    world.out.note(from + " is now " + to + ": uploaded again, as the platform has no renaming");
  return out;
}

answer publication_answer(context const& world, valohai::update_manifest const& m,
                          valohai::phase2_outcome const& done) {
  using valohai::publication;
  bool const created = done.publication == publication::created;
  json::array data;
  for (auto const& id : done.data) data.emplace_back(id);
  answer out;
  out.members = {{"dataset", m.dataset_id},
                 {"new_version", json::object{{"name", m.new_version_name}, {"uri", m.new_version_uri}}},
                 {"version_id", done.version_id.empty() ? json::value{nullptr} : json::value{done.version_id}},
                 {"created", created},
                 {"data", std::move(data)},
                 {"checked", done.checked},
                 {"dry_run", world.dry_run}};
  json::object line{{"created", created}, {"files", number(done.data.size())}};
  if (!done.version_id.empty()) line.emplace_back("dataset_version", m.new_version_uri);
  out.text = json::compact(line) + "\n";
  if (created) world.out.note("created " + m.new_version_uri + " with " + counted(done.data.size(), "file"));
  else if (done.publication == publication::planned)
    world.out.note("would create " + m.new_version_uri + " with " + counted(done.data.size(), "file"));
  else if (done.publication == publication::already_there) world.out.note(m.new_version_uri + " is there already");
  else world.out.note("nothing changed: no new version (--always makes one)");
  if (created && !done.checked && !m.new_files.empty())
    world.out.note("sizes and digests were not checked: phase1 --extended would have told them");
  return out;
}

}  // namespace waybill_cli
