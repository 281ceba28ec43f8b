#pragma once

#include <waybill/driver/valohai/preparation.hpp>

#include <waybill/core/logical_key.hpp>
#include <waybill/driver/valohai/carrier.hpp>
#include <waybill/protocol/valohai/names.hpp>
#include <waybill/scan/content.hpp>
#include <waybill/scan/file.hpp>
#include <waybill/scan/listing.hpp>
#include <waybill/scan/pool.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

/// sha256, and what else it takes to compare with data of which the platform does not know that.
inline std::vector<algorithm> needed_algorithms(previous_files const& before) {
  std::vector<algorithm> out{algorithms::sha256};
  for (auto const& file : before.files())
    if (auto const* best = file.digests.strongest()) out.push_back(best->kind());
  return waybill::detail::ordered_algorithms(out);
}

/// Sizes of old files that are gone: only a new file of such a size can be one of them.
inline std::set<std::uint64_t> sizes_of_gone(content_listing const& content, previous_files const& before) {
  std::unordered_set<std::string_view> names;
  for (auto const& file : content.files) names.insert(file.name);
  std::set<std::uint64_t> out;
  for (auto const& old : before.files())
    if (!names.contains(old.name) && old.size && !old.digests.empty()) out.insert(*old.size);
  return out;
}

/// Keeps digests for the next run; without them it only reads more.
inline void keep_digests(content_listing const& content, std::vector<planned_file> const& found,
                         std::vector<algorithm> const& algorithms, update_settings const& settings) {
  if (settings.cache_file.empty() || !settings.save_cache) return;
  stat_cache_writer writer{content.root, algorithms};
  for (std::size_t i = 0; i < found.size(); ++i)
    writer.add(content.files[i].key, content.files[i].state, found[i].digests);
  static_cast<void>(std::move(writer).save(settings.cache_file, settings.now.time_since_epoch().count()));
}

/// Passes on the metadata of what is uploaded.
inline result<void> carry_sidecars(content_listing const& content, update_plan const& plan,
                                   output_directory const& outputs) {
  std::unordered_set<std::string_view> uploaded;
  for (auto const& file : plan.files)
    if (file.verdict.action != file_action::kept) uploaded.insert(file.name);
  for (auto const& sidecar : content.sidecars) {
    auto const owner = std::string_view{sidecar.name}.substr(0, sidecar.name.size() - sidecar_suffix.size());
    if (!uploaded.contains(owner)) continue;
    auto const text = read_file(sidecar.path);
    if (!text) return text.error();
    if (auto const r = outputs.write(sidecar.name, *text); !r) return r;
  }
  return {};
}

}  // namespace detail

WAYBILL_DECL result<content_listing> find_content(update_settings const& settings, output_directory const* outputs,
                                                  job_control const& control) {
  auto const root = waybill::detail::real_path(settings.content);
  if (!root) return root.error();
  if (outputs != nullptr && (is_below(*root + "/", outputs->path()) || is_below(outputs->path() + "/", *root)))
    return make_error(
        errc::usage,
        "content and outputs lie in each other, and one would be taken for the other; put them apart. The "
        "outputs are " +
            outputs->path(),
        *root);
  return list_content(settings.content, settings.names, control);
}

WAYBILL_DECL result<prepared_update> prepare_update(content_listing const& content, previous_files const& before,
                                                    update_settings const& settings, bool ambiguous_is_changed,
                                                    output_directory const* outputs, api const* platform,
                                                    job_control const& control) {
  std::uint64_t bytes = 0;
  for (auto const& file : content.files) bytes += file.state.size;
  update_counter counter{settings.on_progress, content.files.size(), bytes};
  auto const algorithms = detail::needed_algorithms(before);
  auto const cache =
      settings.cache_file.empty() ? stat_cache{} : stat_cache::load(settings.cache_file, content.root, algorithms);
  carrying_job const job{.before = before,
                         .missing = settings.missing,
                         .ambiguous_is_changed = ambiguous_is_changed,
                         .algorithms = algorithms,
                         .cache = &cache,
                         .outputs = outputs,
                         .platform = platform,
                         .rename_sizes = detail::sizes_of_gone(content, before),
                         .stop = control.stop,
                         .counter = counter};
  std::vector<planned_file> found(content.files.size());
  std::vector<std::optional<carrier>> carriers(worker_count(control));
  auto const worked = parallel_for(found.size(), control, [&](unsigned worker, std::size_t i) -> result<void> {
    auto& mine = carriers[worker];
    if (!mine) {
      auto made = carrier::create(job);
      if (!made) return made.error();
      mine.emplace(std::move(*made));
    }
    auto one = mine->carry(content.files[i]);
    if (!one) return one.error();
    found[i] = std::move(*one);
    return {};
  });
  if (!worked) return worked.error();
  detail::keep_digests(content, found, algorithms, settings);
  prepared_update out{.plan = make_plan(std::move(found), before), .bytes_read = counter.bytes_hashed()};
  counter.finish(out.plan.removed.size());
  if (outputs == nullptr) return out;
  if (auto const r = detail::carry_sidecars(content, out.plan, *outputs); !r) return r.error();
  if (auto const r = outputs->sync(); !r) return r.error();
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI
