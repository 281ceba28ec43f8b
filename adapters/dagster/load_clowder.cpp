#include <waybill/driver/clowder/upload.hpp>
#include <waybill/driver/dagster/report.hpp>
#include <waybill/driver/dagster/volume_scan.hpp>
#include <waybill/json/write.hpp>

#include <utility>

#include "load.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
namespace dagster = waybill::dagster;
namespace json = waybill::json;
namespace pipes = waybill::dagster_pipes;
using value = waybill::dagster_pipes::metadata_value;
using waybill::result;

namespace {

/// The version of what the directory holds.
result<std::string> version_of(loading const& job) {
  auto const tree = job.world.scan(job.directory, dagster::dataset_links);
  if (!tree) return tree.error();
  auto const hash = dagster::version_of(*tree, job.world.control());
  if (!hash) return hash.error();
  return hash->hex();
}

/// Two datasets of a category may have one last name: the path below the category tells them apart.
clowder::upload_target target_of(loading const& job) {
  auto const& request = job.request;
  clowder::upload_target out{.title = job.flags.title};
  auto const last = request.dataset.substr(request.dataset.rfind('/') + 1);
  if (out.title.empty() && request.title != last) out.title = request.title;
  if (out.title.empty()) out.title = request.dataset.substr(request.dataset.find('/') + 1);
  out.space = space_here(job.flags.space);
  out.category = request.category;
  return out;
}

pipes::metadata metadata_of(loading const& job, clowder::upload_report const& done, std::string const& space) {
  auto const number = [](std::uint64_t n) { return value::integer(n); };
  pipes::metadata out{{"dataset", value::text(job.request.dataset)},
                      {"category", value::text(job.request.category)},
                      {"title", value::text(done.title)},
                      {"space", value::text(space)},
                      {"clowder_id", value::text(done.id)},
                      {"clowder_url", value::url(done.url)},
                      {"directory", value::path(job.directory)},
                      {"files", number(done.files.size())},
                      {"uploaded", number(done.uploaded.size())},
                      {"unchanged", number(done.unchanged.size())},
                      {"failed", number(done.failed.size())},
                      {"bytes_uploaded", number(done.bytes)}};
  json::array rows;
  auto room = dagster::metadata_room - std::min(dagster::metadata_room, dagster::room_of(out) + 1000);
  for (auto const& file : done.uploaded) {
    json::value row = json::object{{"path", std::string_view{file.path}},
                                   {"id", std::string_view{file.id}},
                                   {"size", json::value::integer(file.size)},
                                   {"sha256", file.sha256.hex()}};
    auto const size = json::canonical(row).size() + 1;
    if (size > room) break;
    room -= size;
    rows.push_back(std::move(row));
  }
  if (!rows.empty())
    out.emplace_back(
        "uploads",
        value::table({{"path", "string"}, {"id", "string"}, {"size", "int"}, {"sha256", "string"}}, std::move(rows)));
  return out;
}

}  // namespace

result<answer> load_to_clowder(loading const& job) {
  auto& world = job.world;
  auto version = version_of(job);
  if (!version) return version.error();
  auto const site = clowder_site::open(world, job.flags.clowder);
  if (!site) return site.error();
  // No stat cache: of a directory there is one, and it has the scan's digests.
  clowder::upload_options const options{.directory = job.directory, .target = target_of(job), .dry_run = world.dry_run};
  auto const done = clowder::upload_directory(site->api(), options, world.control());
  if (!done) return done.error();
  tell_remarks(world, *done);
  bool const arrived = done->failed.empty();
  bool const as_scanned = job.request.version.empty() || job.request.version == *version;
  auto out =
      report_loaded(job, {.text = job.request.dataset + " is \"" + done->title + "\" at " + done->url + ": " +
                                  counted(done->uploaded.size(), "file") + " uploaded, " + human_bytes(done->bytes) +
                                  "; " + std::to_string(done->unchanged.size()) + " there already",
                          .version = std::move(*version),
                          .metadata = metadata_of(job, *done, options.target.place()),
                          .arrived = arrived,
                          .as_scanned = as_scanned});
  if (!out || arrived) return out;
  auto why = done->failed.front().why;
  why.path = done->failed.front().path;
  return why;
}

}  // namespace waybill_cli
