#pragma once

#include <waybill/driver/dagster/registry_load.hpp>

#include <waybill/algebra/renames.hpp>
#include <waybill/driver/dagster/report.hpp>
#include <waybill/driver/dagster/volume_scan.hpp>
#include <waybill/json/write.hpp>
#include <waybill/scan/listing.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

/// True when an entry's bytes are where the entry says, or lie in the registry under its digest.
inline bool is_there(registry const& to, entry const& e) {
  bool elsewhere = true;
  for (auto const& place : e.places) {
    auto const object = to.object_of_place(place);
    if (!object) continue;
    elsewhere = false;
    auto const found = to.store().head(object->key);
    if (found && found->size == e.size) return true;
  }
  return elsewhere && to.holds(e);
}

/// Entries whose bytes are there; all of them behind a network.
inline result<std::uint64_t> count_held(registry const& to, manifest const& pushed) {
  auto const there = to.load(pushed.top_hash().hex());
  if (!there) return there.error();
  if (to.is_remote()) return std::uint64_t{there->entries().size()};
  std::uint64_t count = 0;
  for (auto const& e : there->entries()) count += is_there(to, e) ? 1 : 0;
  return count;
}

inline json::value change_row(std::string_view change, entry const& e) {
  return json::object{
      {"change", change}, {"key", std::string_view{e.key.str()}}, {"size", json::value::integer(e.size.value_or(0))}};
}

/// The first changes, as many as find room.
inline json::array change_rows(diff const& changes, std::size_t room) {
  json::array out;
  auto const add = [&](std::string_view change, entry const& e) {
    auto row = change_row(change, e);
    auto const size = json::canonical(row).size() + 1;
    if (size > room) return;
    room -= size;
    out.push_back(std::move(row));
  };
  for (auto const& e : changes.added) add("added", e);
  for (auto const& m : changes.modified) add("modified", m.after);
  for (auto const& e : changes.removed) add("removed", e);
  for (auto const& r : changes.renamed) add("renamed", r.after);
  return out;
}

}  // namespace detail

WAYBILL_DECL result<std::string> dataset_directory(std::string const& root, std::string_view dataset) {
  auto const volume = waybill::detail::real_path(root);
  if (!volume) return volume.error();
  auto const expected = (*volume == "/" ? "" : *volume) + "/" + std::string{dataset};
  auto real = waybill::detail::real_path(expected);
  if (real && *real != expected)
    return make_error(errc::unsafe_path, "a part of the dataset's path is a link; name the directory it leads to",
                      expected);
  return real;
}

WAYBILL_DECL result<registry_load> load_to_registry(registry& to, load_request const& request,
                                                    std::string const& directory, package_name const& name,
                                                    registry_load_options const& options, job_control const& control) {
  auto pushed = push_directory(to, name, directory,
                               {.tags = options.tags,
                                .dry_run = options.dry_run,
                                .now = options.now,
                                .cache = options.cache,
                                .symlinks = dataset_links},
                               control);
  if (!pushed) return pushed.error();
  registry_load out{.directory = directory, .name = name, .push = std::move(*pushed), .changes = {}};
  auto const& now = out.push.pushed;
  if (out.push.before) out.changes = make_diff(*out.push.before, now);
  else out.changes.added.assign(now.entries().begin(), now.entries().end());
  find_renames(out.changes);
  out.held = now.entries().size();
  if (!options.dry_run) {
    auto const held = detail::count_held(to, now);
    if (!held) return held.error();
    out.held = *held;
  }
  // Metadata that somebody gave the package are a part of its hash, and not of the scan's.
  bool const comparable = now.header().user_meta() == nullptr && now.directories().empty();
  out.as_scanned = request.version.empty() || !comparable || request.version == now.top_hash().hex();
  return out;
}

WAYBILL_DECL dagster_pipes::metadata metadata_of(registry_load const& done, load_request const& request,
                                                 std::string const& location) {
  using dagster_pipes::metadata_value;
  auto const& push = done.push;
  auto const number = [](std::uint64_t n) { return metadata_value::integer(n); };
  dagster_pipes::metadata out{
      {"dataset", metadata_value::text(request.dataset)},
      {"category", metadata_value::text(request.category)},
      {"package", metadata_value::text(done.name.str())},
      {"registry",
       location.find("://") == std::string::npos ? metadata_value::path(location) : metadata_value::url(location)},
      {"directory", metadata_value::path(done.directory)},
      {"top_hash", metadata_value::text(push.pushed.top_hash().hex())},
      {"previous", push.before ? metadata_value::text(push.before->top_hash().hex()) : metadata_value::null()},
      {"new_version", metadata_value::boolean(push.new_version)},
      {"files", number(push.pushed.entries().size())},
      {"bytes", number(push.pushed.total_size())},
      {"files_copied", number(push.data.files_copied)},
      {"bytes_copied", number(push.data.bytes_copied)},
      {"added", number(done.changes.added.size())},
      {"modified", number(done.changes.modified.size())},
      {"removed", number(done.changes.removed.size())},
      {"renamed", number(done.changes.renamed.size())}};
  auto rows = detail::change_rows(done.changes, metadata_room - std::min(metadata_room, room_of(out) + 1000));
  if (!rows.empty())
    out.emplace_back(
        "changes", metadata_value::table({{"change", "string"}, {"key", "string"}, {"size", "int"}}, std::move(rows)));
  return out;
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI
